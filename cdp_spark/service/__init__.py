"""The collector: receives events over HTTP.

Comes in: requests as Segment's, RudderStack's and Jitsu's SDKs send them. Goes out: files of JSON
lines in a source's landing folder, which ingest_events reads like any other. Always true: an event
is acknowledged only after its bytes are on disk; an event without acknowledgement may be sent again
and is deduplicated by its id. Decided: the collector uses no table, only files.
"""
