"""Table maintenance: compaction, clustering, checkpoints and retention.

Comes in: a lake and settings. Goes out: the same rows in fewer, better placed files. Invariants:
only the retention of ops.run changes rows; each step runs under the table's lease, is safe to kill
and does nothing when repeated; no file is deleted that a job still has to read. Decided: small
tables stay plain and are compacted on the driver, large ones are clustered by Spark, because the
driver can't write clustered tables, and a small run should need no Spark job.
"""
