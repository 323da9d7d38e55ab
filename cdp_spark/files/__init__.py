"""Files on a local disk or in an object store: one implementation for every room.

Comes in: a path or URI, such as `/data/lake`, `file:///data/lake` or `s3a://bucket/lake`.
Goes out: its bytes, lines and text; the files in a folder; a file that was replaced in one step.

Decided: a path and its `file://` URI are the same place, blanks and `%` in it included; so are
`s3a://` and `s3://`. pyarrow opens all of them; credentials come from the environment.
"""
