# `make demo` and `make test` need Python 3.11 or newer (with venv and pip) and make; everything else they install into .venv.

# Running each candidate, not looking for its name: a version manager's stand-in may exist and refuse to start.
suits   = $(shell $(1) -c 'import sys, venv, ensurepip; print(*["yes"][:sys.version_info >= (3, 11)])' 2>/dev/null)
PYTHON ?= $(firstword $(foreach p,python3.13 python3.12 python3.11 python3,$(if $(call suits,$(p)),$(p))))

export PIP_DISABLE_PIP_VERSION_CHECK = 1
VENV   := .venv
bin    := $(VENV)/bin
# Stamps tell what is installed; a change of pyproject.toml makes each of them stale.
has     = $(VENV)/installed-$(1)
install = $(bin)/python -m pip install -q -e ".[$(1)]" && touch $@

.PHONY: demo test bench bench-simplify bench-eval bench-growth bench-accuracy bench-fit nist format clean
.DEFAULT_GOAL := test
# Two targets asked for at once would install into one environment at the same time.
.NOTPARALLEL:

demo: export PATH := $(CURDIR)/$(bin):$(PATH)
demo: $(call has,demo)
	symdiff diff "x^2*sin(x)*exp(x)"
	symdiff diff "x^x" --json
	symdiff simplify "(x^2 - 1)/(x - 1) + sin(x)^2 + cos(x)^2" --steps
	symdiff equal "sinh(2x)" "2sinh(x)cosh(x)"
	symdiff eval "x^2*sin(x)" x=2
	symdiff eval "exp(pi*sqrt(163))" --digits 40
	symdiff taylor "exp(sin(x))" --order 5
	symdiff code "a*exp(-b*x)" --to c --derivatives gradient
	symdiff plot "tan(x)" --from -5 --to 5
	symdiff fit "m*x + b" examples/line.csv
	symdiff fit "a*x^2 + b*x + c" examples/parabola.csv
	symdiff fit "a*exp(-b*x) + c" examples/decay.csv
	symdiff minimize "(1 - x)^2 + 100*(y - x^2)^2" --start x=-1.2

test: $(call has,test)
	$(bin)/ruff format --check
	$(bin)/ruff check
	$(bin)/mypy
	$(bin)/python -m pytest -n auto --dist worksteal

bench: $(call has,bench)
	$(bin)/python -m benchmarks

bench-simplify: $(call has,bench)
	$(bin)/python -m benchmarks simplify

# With gcc as the peer to beat; without it the rows of gcc say so.
bench-eval: $(call has,bench)
	$(bin)/python -m benchmarks eval

bench-growth: $(call has,bench)
	$(bin)/python -m benchmarks growth callables

bench-accuracy: $(call has,bench)
	$(bin)/python -m benchmarks accuracy

bench-fit: $(call has,bench)
	$(bin)/python -m benchmarks fit

nist: $(call has,bench)
	$(bin)/python -m benchmarks nist

format: $(call has,test)
	$(bin)/ruff format
	$(bin)/ruff check --fix

# Leaves .venv, which takes minutes to make and which pyproject.toml keeps up to date.
clean:
	rm -rf build dist out .pytest_cache .hypothesis .mypy_cache .ruff_cache
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +

$(call has,demo): pyproject.toml | $(bin)/pip
	$(call install,plot)

$(call has,test): pyproject.toml | $(bin)/pip
	$(call install,dev)

$(call has,bench): pyproject.toml | $(bin)/pip
	$(call install,bench)

# venv puts pip in last: where it stands, the environment is whole.
$(bin)/pip:
	$(if $(and $(PYTHON),$(call suits,$(PYTHON))),,$(error symdiff needs Python 3.11 or newer with venv and pip, and found none; name one with PYTHON=))
	$(PYTHON) -m venv $(VENV)
