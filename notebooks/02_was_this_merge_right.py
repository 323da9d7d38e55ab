# %% [markdown]
# # Was this merge right?
#
# Two customers became one because of a single event. This notebook finds the merge, shows the
# evidence, undoes it, and looks at the result. It makes a small shop of its own in a temporary
# folder, and changes no other lake.

# %%
import json
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from cdp_spark import open_lake

root = Path(tempfile.mkdtemp(prefix="cdp-merge-")) / "lake"
landing = root / "landing" / "web"
landing.mkdir(parents=True)
steps = ("ingest_events", "refine_events", "resolve_identities", "build_customers")
selected = [word for step in steps for word in ("--select", step)]


def line(number, what, **more):
    at = f"2025-01-{number:02}T10:00:00Z"
    return json.dumps({"messageId": f"m{number}", "timestamp": at, "receivedAt": at, **what, **more})


def order(number, total):
    properties = {"order_id": f"o{number}", "total": total, "currency": "EUR"}
    return {"type": "track", "event": "Order Completed", "properties": properties}


def run(name="", lines=()):
    _ = lines and (landing / name).write_text("\n".join([*lines, ""]))
    open_lake(root).cdp("run", "--as-of", "2025-03-01", *selected)
    return open_lake(root)  # as it is after the run


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
lake = run("after.json", [
    line(6, identify, userId="7", traits=mail),
    line(7, order(7, 30.0), **first), line(8, order(8, 40.0), **second),
    line(9, identify, anonymousId="watch", traits=mail),
])

# %% [markdown]
# ## Find it
#
# Lineage records the merge; the graph of evidence shows what holds it together. Of all paths
# between the two devices, the strongest has one weak piece of evidence: a single event.

# %%
edges = lake.read("identity.edge").where("state = 'live'").toPandas()  # a shop of a few events
merge = lake.read("identity.lineage").where("change = 'merged'").toPandas().iloc[0]
links = lake.read("identity.link").toPandas()
was_open = links.recorded_to.isna() | (links.recorded_to >= merge.recorded_at)
before = links[(links.recorded_from < merge.recorded_at) & was_open]
customers = {merge.from_customer_id: 0, merge.to_customer_id: 1}
sides = dict(zip(before.identifier_key, before.customer_id.map(customers).fillna(2), strict=True))
devices = ("anonymous_id:laptop", "anonymous_id:mobile")
path = json.loads(lake.cdp("explain", "edge", *devices, "--json"))["path"]
print(f"{merge.change}: {merge.identifier_count} identifiers went to another customer")
for edge in path:
    print(f"{edge['left'].split()[0]} - {edge['right'].split()[0]}: {edge['event_count']} events of "
          f"{edge['source']}, confidence {edge['confidence']:.2f}")
weakest = edges.loc[edges.weight.idxmin()]

# %%
names = sorted({*edges.left_key, *edges.right_key}, key=lambda key: (sides.get(key, 2), key))
kinds = {**dict(zip(edges.left_key, edges.left_kind)), **dict(zip(edges.right_key, edges.right_kind))}
angles = dict(zip(names, np.linspace(0, 2 * np.pi, len(names), endpoint=False), strict=True))
colours = {0: "#2b6cb0", 1: "#c05621", 2: "#a0aec0"}
figure, axes = plt.subplots(figsize=(7, 5))
for _, edge in edges.iterrows():
    xs, ys = ([turn(angles[edge[end]]) for end in ("left_key", "right_key")]
              for turn in (np.cos, np.sin))
    style = {"color": "#e53e3e", "linestyle": "--"} if edge.name == weakest.name else {"color": "#4a5568"}
    axes.plot(xs, ys, linewidth=edge["weight"] / 2, zorder=1, **style)
for key, angle in angles.items():
    axes.scatter(np.cos(angle), np.sin(angle), s=350, color=colours[sides.get(key, 2)], zorder=2)
    axes.annotate(kinds[key], (1.17 * np.cos(angle), 1.17 * np.sin(angle)), ha="center")
axes.set_title("One customer? Blue and orange were two; the dashed event joined them", loc="left")
axes.set(xlim=(-1.5, 1.5), ylim=(-1.3, 1.3))
axes.axis("off")
figure.tight_layout()

# %% [markdown]
# ## Undo it
#
# The decision is stored: each customer gets the identifiers it had before the merge, and the id that
# was lost. A plan shows beforehand which customers would change, and which rows would be rebuilt.

# %%
bought = {"merged": lake.read("gold.customer").where("net_amount > 0").toPandas()}
lake.cdp("unmerge", merge.from_customer_id, "--reason", "one ordered for the other")
plan = json.loads(lake.cdp("plan", "identity", "--json"))
print({name: plan[name] for name in ("merged", "split", "customers", "known", "downstream")})
lake = run()

# %% [markdown]
# ## The result
#
# Only the two customers were rebuilt; each has the orders of its own identifiers, those after the
# merge included. No fact was rewritten: events and sightings are as they were.

# %%
bought["undone"] = lake.read("gold.customer").where("net_amount > 0").toPandas()
figure, axes = plt.subplots(figsize=(7, 3))
for row, (when, found) in enumerate(bought.items()):
    amounts = sorted(map(float, found.net_amount))
    colour = "#a0aec0" if when == "merged" else [colours[0], colours[1]]
    axes.barh(row, amounts, left=np.cumsum([0, *amounts[:-1]]), edgecolor="white", color=colour)
axes.set_yticks([0, 1], list(bought))
axes.set(xlabel="EUR bought, by customer")
axes.spines[["top", "right"]].set_visible(False)
axes.set_title("The same orders, by customer", loc="left")
figure.tight_layout()

# %% [markdown]
# ## The answer in one line

# %%
links = lake.read("identity.link").where("recorded_to is null").toPandas()
back = int((links.customer_id == merge.from_customer_id).sum())
print(f"It was wrong: {weakest.event_count} event joined them. The lost id is back with {back} "
      f"identifiers, and their orders are {amounts[0]:.0f} and {amounts[1]:.0f} EUR.")
