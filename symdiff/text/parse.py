Formula = object
def expression(e): return e
