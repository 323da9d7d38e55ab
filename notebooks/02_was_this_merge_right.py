# %% [markdown]
# # Was this merge right?
#
# Two customers became one because of a single event. This notebook finds the merge, asks for the
# evidence, takes it back, and looks at what followed. It makes a small shop of its own in a
# temporary folder, and touches no other lake.

# %%
import json
import tempfile
from datetime import date
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from pyspark.sql import functions as F

from cdp_spark.commands.shared.project import open_project, settings_of
from cdp_spark.commands.shared.decisions import decide
from cdp_spark.commands.plan import planned_changes
from cdp_spark.commands.unmerge import owners_before, merges_to_undo
from cdp_spark.identity import graph_of
from cdp_spark.identity.evidence.paths import strongest_path
from cdp_spark.identity.stewardship.decision import Decision
from cdp_spark.launch import Options, job_named
from cdp_spark.tables.gold import CUSTOMER
from cdp_spark.tables.identity import EDGE, IDENTIFIER, LINEAGE, LINK
from cdp_spark.semantics.ownership import current_links

root = Path(tempfile.mkdtemp(prefix="cdp-merge-")) / "lake"
project = open_project(settings_of("", str(root)))
steps = ("ingest_events", "refine_events", "resolve_identities", "build_customers")
day = date(2025, 3, 1)


def line(number, what, **told):
    at = f"2025-01-{number:02}T10:00:00Z"
    return json.dumps({"messageId": f"m{number}", "timestamp": at, "receivedAt": at, **what, **told})


def order(number, total):
    properties = {"order_id": f"o{number}", "total": total, "currency": "EUR"}
    return {"type": "track", "event": "Order Completed", "properties": properties}


def run(name, lines):
    landing = root / "landing" / "web"
    landing.mkdir(parents=True, exist_ok=True)
    _ = lines and (landing / name).write_text("\n".join([*lines, ""]))
    return [project.step(job_named(step), Options(day)) for step in steps]


# %% [markdown]
# ## What happened
#
# Two people use a shop, each with an account or address and a device. Then one orders for the
# other, with the other's e-mail address, and both go on.

# %%
mail, identify = {"email": "second@shop.example"}, {"type": "identify"}
first, second = {"userId": "7", "anonymousId": "laptop"}, {"anonymousId": "mobile"}
run("before.json", [
    line(1, identify, **first), line(2, order(2, 10.0), **first),
    line(3, identify, traits=mail, **second), line(4, order(4, 20.0), **second),
    line(5, {"type": "page", "name": "Home"}, userId="9", anonymousId="desk"),
])
run("after.json", [
    line(6, identify, userId="7", traits=mail),
    line(7, order(7, 30.0), **first), line(8, order(8, 40.0), **second),
    line(9, identify, anonymousId="watch", traits=mail),
])

# %% [markdown]
# ## Find it
#
# Lineage tells of the merge; the graph tells what holds it together. Of all paths between what the
# two had before, the strongest has one weak piece of evidence: a single event.

# %%
lake = project.lake("notebook")
live = graph_of(lake.read(IDENTIFIER), lake.read(EDGE)).filterEdges("state = 'live'")
edges = [row.asDict() for row in live.edges.collect()]  # a shop of a few events
[merge] = merges_to_undo(lake, lake.read(LINEAGE).where("change = 'merged'").first().from_customer_id)
before = owners_before(lake, merge)
sides = {one.identifier_key: one.side for one in before}
ends = [next(key for key, side in sides.items() if side == wanted) for wanted in (0, 1)]
path = strongest_path(edges, *ends)
weakest = min(path, key=lambda edge: edge["weight"])
print(f"{merge.change}: {merge.identifier_count} identifiers went to another customer")
for edge in path:
    print(f"{edge['left_kind']} - {edge['right_kind']}: {edge['event_count']} events of "
          f"{edge['source']}, confidence {edge['confidence']:.2f}")

# %%
names = sorted({edge[end] for edge in edges for end in ("left_key", "right_key")},
               key=lambda key: (sides.get(key, 2), key))
kinds = {edge[f"{end}_key"]: edge[f"{end}_kind"] for edge in edges for end in ("left", "right")}
angles = dict(zip(names, np.linspace(0, 2 * np.pi, len(names), endpoint=False), strict=True))
colours = {0: "#2b6cb0", 1: "#c05621", 2: "#a0aec0"}
figure, axes = plt.subplots(figsize=(7, 5))
for edge in edges:
    xs, ys = ([turn(angles[edge[end]]) for end in ("left_key", "right_key")]
              for turn in (np.cos, np.sin))
    style = {"color": "#e53e3e", "linestyle": "--"} if edge == weakest else {"color": "#4a5568"}
    axes.plot(xs, ys, linewidth=edge["weight"] / 2, zorder=1, **style)
for key, angle in angles.items():
    axes.scatter(np.cos(angle), np.sin(angle), s=350, color=colours[sides.get(key, 2)], zorder=2)
    axes.annotate(kinds[key], (1.17 * np.cos(angle), 1.17 * np.sin(angle)), ha="center")
axes.set_title("One customer? Blue and orange were two; the dashed event joined them", loc="left")
axes.set(xlim=(-1.5, 1.5), ylim=(-1.3, 1.3))
axes.axis("off")
figure.tight_layout()

# %% [markdown]
# ## Take it back
#
# The decision goes into the ledger: who held what before is one side each, and the id that went
# comes back. A plan tells beforehand who would change, and which rows would be made anew.

# %%
bought = {"before": lake.read(CUSTOMER).where("net_amount > 0").collect()}
ledger = project.lake("unmerge")
decide(ledger, Decision("never", before, "one ordered for the other", "notebook",
                       ledger.run.started_at))
looking = project.lake("plan")
plan = planned_changes(project, looking)
looking.discard()
print({name: plan[name] for name in ("merged", "split", "customers", "known", "downstream")})
run("", [])

# %% [markdown]
# ## What followed
#
# The two customers were made anew, and nobody else; what each bought after the merge is theirs. No
# fact was written again: events and sightings are as they were.

# %%
lake = project.lake("notebook")
bought["after"] = lake.read(CUSTOMER).where("net_amount > 0").collect()
figure, axes = plt.subplots(figsize=(7, 3))
for row, (when, customers) in enumerate(bought.items()):
    left = 0.0
    for customer in sorted(customers, key=lambda one: one.net_amount):
        axes.barh(row, float(customer.net_amount), left=left, edgecolor="white",
                  color="#a0aec0" if when == "before" else colours[int(left > 0)])
        left += float(customer.net_amount)
axes.set_yticks([0, 1], ["merged", "taken back"])
axes.set(xlabel="EUR bought, by customer")
axes.spines[["top", "right"]].set_visible(False)
axes.set_title("The same orders, by whose they are", loc="left")
figure.tight_layout()

# %% [markdown]
# ## The answer in one line

# %%
links = current_links(lake.read(LINK))
back = links.where(F.col("customer_id") == merge.from_customer_id).count()
amounts = sorted(float(one.net_amount) for one in bought["after"])
print(f"It was wrong: {weakest['event_count']} event joined them. The id that went is back with "
      f"{back} identifiers, and their orders are {amounts[0]:.0f} and {amounts[1]:.0f} EUR.")
