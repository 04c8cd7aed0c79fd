"""Reads a study's files into pandas, with the types that the code book gives them.

    from read_study import read_study
    study = read_study(".")          # the folder that this file is in
    study["signals"].groupby("id")["valid"].mean()

An empty cell is missing, except in text columns: there people write "NA" and "null", and mean it.
Whether a text was given at all stands in <item>_given. Choices stay integers; their labels are in
study["codebook"]. Times are UTC. In csv they are written as the wall clock showed them at the
planned second, all times of a row by its utc_offset_min; in a table without it they are UTC.
"""

import csv
import json
import re
from pathlib import Path

import pandas as pd


def read_study(folder="."):
    """Data frames by name: signals, self_reports, static, codebook, and whatever else is there."""
    folder = Path(folder)
    book = _strings(folder / "codebook.csv")
    found = {"codebook": book}
    for name in book["File"].drop_duplicates():
        entries = book[book["File"] == name].drop_duplicates("Variable")
        types = dict(zip(entries["Variable"], entries["Type"], strict=True))
        found[_name(name)] = _table(folder / name, types)
    return found


def _name(file):
    # stuck_ts.tsv and signals.csv are both "signals", so that code runs on every bundle.
    bare = re.sub(r"^.*_ts$", "signals", Path(file).stem)
    return re.sub(r"^.*_static$", "static", bare)


def _table(path, types):
    if path.suffix == ".parquet":
        return pd.read_parquet(path, dtype_backend="numpy_nullable")
    if path.suffix == ".json":
        data = pd.DataFrame(json.loads(path.read_text("utf-8")), columns=list(types), dtype=object)
    else:
        data = _strings(path)
    if list(data.columns) != list(types):
        raise ValueError(f"the columns of {path.name} are not those of codebook.csv")
    offset = data.get("utc_offset_min")
    return pd.DataFrame(
        {name: _column(data[name], kind, offset) for name, kind in types.items()},
        columns=list(types),
    )


def _strings(path):
    tabs = path.suffix == ".tsv"
    return pd.read_csv(
        path,
        sep="\t" if tabs else ",",
        quoting=csv.QUOTE_NONE if tabs else csv.QUOTE_MINIMAL,
        dtype=str,
        keep_default_na=False,
        na_filter=False,
        encoding="utf-8",
        lineterminator="\n" if tabs else None,
    )


def _column(cells, kind, offset):
    if kind == "text":
        return cells.fillna("").astype("string")
    cells = cells.where(~cells.isin(["", "NA"]), None)
    if kind in ("integer", "choice"):
        return pd.to_numeric(cells).astype("Int64")
    if kind == "number":
        return pd.to_numeric(cells).astype("Float64")
    if kind == "time":
        return _time(cells, offset)
    return cells.astype("string")


def _time(cells, offset):
    # ISO 8601 carries its offset; that of the wall clock stands in a column, or is none.
    iso = cells.astype("string").str.contains("T", regex=False).fillna(False).astype(bool)
    if iso.any():
        return pd.to_datetime(cells, utc=True, format="ISO8601")
    wall = pd.to_datetime(cells, format="%Y-%m-%d %H:%M:%S", utc=True)
    if offset is None:
        return wall
    return wall - pd.to_timedelta(pd.to_numeric(offset), unit="min")
