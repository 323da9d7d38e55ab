"""HTTP beside the jobs: the collector, which takes events where they happen.

Comes in: requests as Segment's, RudderStack's and Jitsu's SDKs send them. Goes out: files of JSON
lines in a source's landing folder, which ingest_events takes like any other. Always true: an event
is acknowledged only after its bytes are on disk; what is not acknowledged may be sent again and is
told apart by its id later. Decided: the collector knows no table; files are all that pass.
"""
