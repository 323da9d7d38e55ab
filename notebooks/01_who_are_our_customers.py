# %% [markdown]
# # Who are our customers, and how sure are we?
#
# Reads the lake that `make demo` makes, or the one that `CDP_LAKE` names; writes nothing to it.
# The lake is opened for the purpose `analytics`: names and contacts are masked before they get here,
# and groups of fewer than five people are left out of the pictures.

# %%
import os

import matplotlib.pyplot as plt
from pyspark.sql import Window
from pyspark.sql import functions as F

from cdp_spark import open_lake

lake = open_lake(os.environ.get("CDP_LAKE", ".lake/world"))
SMALLEST_GROUP = 5  # of people; `reports.smallest_group` in the settings
is_large_enough = F.col("customers") >= SMALLEST_GROUP

# %% [markdown]
# ## Who, and how sure
#
# A customer is a group of identifiers: accounts, addresses, phones, devices. We are as sure of a
# customer as of the weakest link in the group. Known customers only: the others are devices of
# which nobody has said whose they are.

# %%
known = lake.read("gold.customer").where("is_known")
links = lake.read("identity.link").where("recorded_to IS NULL")
weakest = links.groupBy("customer_id").agg(F.min("confidence").alias("c"))
sureness = F.when(F.col("c") >= 0.97, "0.97 and more").when(F.col("c") >= 0.9, "0.90 to 0.97")
groups = (
    known.join(weakest, on="customer_id", how="inner")
    .groupBy(
        F.least("identifier_count", F.lit(10)).alias("identifiers"),
        sureness.otherwise("below 0.90").alias("weakest link"),
    )
    .agg(F.count("*").alias("customers"))
    .where(is_large_enough)
    .toPandas()  # at most 10 numbers of identifiers x 3 bands
)
by_identifiers = groups.pivot(
    index="identifiers", columns="weakest link", values="customers"
).fillna(0)

# %%
colours = {"0.97 and more": "#2b6cb0", "0.90 to 0.97": "#90cdf4", "below 0.90": "#c05621"}
order = [band for band in colours if band in by_identifiers]
axes = by_identifiers[order].plot.bar(stacked=True, color=colours, rot=0, figsize=(9, 4))
axes.set(xlabel="identifiers of the customer (10: or more)", ylabel="customers")
axes.set_title("Known customers by identifiers, and how sure the weakest link is", loc="left")
axes.spines[["top", "right"]].set_visible(False)
axes.figure.tight_layout()

# %% [markdown]
# ## Who is worth most, and who is about to leave
#
# Customers who bought, in ten equal groups by what they brought in; for each group the revenue, and
# how likely the churn model thinks its members are to leave (the middle half, and the median).

# %%
scores = lake.read("gold.score").where("model = 'churn'")
newest = scores.agg(F.max("as_of_on").alias("as_of_on"))
churn = scores.join(newest, on="as_of_on", how="inner").select("customer_id", "score")
richest_first = Window.orderBy(F.desc("net_amount"), "customer_id")
deciles = (
    known.where("order_count > 0")
    .withColumn("decile", F.ntile(10).over(richest_first))
    .join(churn, on="customer_id", how="inner")
    .groupBy("decile")
    .agg(
        F.count("*").alias("customers"),
        F.sum("net_amount").cast("double").alias("revenue"),
        F.percentile("score", F.array(F.lit(0.25), F.lit(0.5), F.lit(0.75))).alias("churn"),
    )
    .where(is_large_enough)
    .orderBy("decile")
    .toPandas()  # at most ten rows
)
low, median, high = (deciles["churn"].str[place].astype(float) for place in range(3))

# %%
figure, (top, bottom) = plt.subplots(2, sharex=True, figsize=(9, 6))
top.bar(deciles["decile"], deciles["revenue"], color="#2b6cb0")
top.set(ylabel="revenue")
top.set_title("Revenue by decile of customers, and their churn scores", loc="left")
bottom.vlines(deciles["decile"], low, high, color="#c05621", linewidth=6, alpha=0.3)
bottom.plot(deciles["decile"], median, "o", color="#c05621")
bottom.set(xlabel="decile of customers by revenue, 1: highest", ylabel="churn score", ylim=(0, 1))
bottom.set_xticks(range(1, 11))
for one in (top, bottom):
    one.spines[["top", "right"]].set_visible(False)
figure.tight_layout()

# %% [markdown]
# ## The answer in one line

# %%
sure = by_identifiers.get("0.97 and more", by_identifiers.sum(axis=1) * 0).sum()
share = deciles["revenue"].where(deciles["decile"] == 1).sum() / (deciles["revenue"].sum() or 1)
print(
    f"{by_identifiers.sum().sum():,.0f} known customers, {sure / groups['customers'].sum():.0%} of "
    f"them sure by every link; the first decile brings {share:.0%} of the revenue."
)
