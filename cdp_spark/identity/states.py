"""Values of stored columns that several steps read: roles of identifiers, states of edges."""

OWN, SHARED, GENERIC = "own", "shared", "generic"  # identity.identifier.role
LIVE, TIMED, REVIEW, WEAK, CUT = "live", "timed", "review", "weak", "cut"  # identity.edge.state
