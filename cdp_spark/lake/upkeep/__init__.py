"""Upkeep of the tables: files, checkpoints and what may be deleted.

Comes in: a lake and settings. Goes out: the same rows in fewer, better placed files. Invariants: no
step but the retention of ops.run changes a row; each runs under the table's lease, is safe to kill
and finds nothing to do when run again; no file goes that a job has still to read. Decided: small
tables stay plain and are compacted on the driver, large ones are clustered by Spark, because the
driver cannot write clustered tables and a small run should need no Spark job.
"""
