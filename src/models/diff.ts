import { type ProviderCore, type ProviderRecord, toProviderDetailView } from "./record.ts";
import type { ChangedProviderView, ChangesView, ProviderDetailView, ProviderRefView } from "./view.ts";

/** All are counted; only the first are named, so that the record of one sync stays small. */
const MAX_NAMED = 200;

type Stored = ProviderCore & Parameters<typeof toProviderDetailView>[0];

const FIELDS = ["model", "provider_type", "base_url", "capability", "vendor", "enabled", "is_default"] as const;

/**
 * What a sync changes. Providers are matched by id, and those that share one in their order.
 * @param before sorted by id.
 */
export const diffProviders = (before: readonly Stored[], after: readonly ProviderRecord[]): ChangesView => {
  // Reversed, so that the first of an id is the one to pop.
  const unmatched = Map.groupBy(before.toReversed(), ({ providerId }) => providerId);
  const added: ProviderRefView[] = [];
  const changed: ChangedProviderView[] = [];
  for (const provider of after) {
    const old = unmatched.get(provider.providerId)?.pop();
    const change = old && diffFields(toProviderDetailView(old), toProviderDetailView(provider));
    if (!old) added.push(toRef(provider));
    else if (change) changed.push(change);
  }
  const removed = [...unmatched.values()].flat().toReversed().map(toRef);
  return {
    added_count: added.length,
    removed_count: removed.length,
    changed_count: changed.length,
    added: added.slice(0, MAX_NAMED),
    removed: removed.slice(0, MAX_NAMED),
    changed: changed.slice(0, MAX_NAMED),
  };
};

export const isChange = ({ added_count, removed_count, changed_count }: ChangesView): boolean =>
  added_count + removed_count + changed_count > 0;

const toRef = ({ providerId, model }: ProviderCore): ProviderRefView => ({ provider_id: providerId, model });

const diffFields = (before: ProviderDetailView, after: ProviderDetailView): ChangedProviderView | undefined => {
  const fields = FIELDS.filter((field) => before[field] !== after[field]);
  const pick = (view: ProviderDetailView) => Object.fromEntries(fields.map((field) => [field, view[field]]));
  return fields.length === 0 ? undefined : { provider_id: after.provider_id, before: pick(before), after: pick(after) };
};
