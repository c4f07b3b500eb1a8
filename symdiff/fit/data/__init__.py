"""Data as people have them: files, frames, arrays, batches; rows that take no part are listed with the reason."""

from symdiff.fit.data.reading import Source, table

__all__ = ["Source", "table"]
