import { type ProviderCore, type ProviderRecord, type StoredProvider, toProviderDetailView } from "./record.ts";
import type { ChangesView, ProviderDetailView } from "./view.ts";

/** All are counted; only the first are named, so that the record of one sync stays small. */
const MAX_NAMED = 200;

const FIELDS = ["model", "provider_type", "base_url", "capability", "vendor", "enabled", "is_default"] as const;

/**
 * What a sync changes. Providers are matched by id, and those that share one in their order.
 * @param before sorted by id.
 */
export const diffProviders = (before: readonly StoredProvider[], after: readonly ProviderRecord[]): ChangesView => {
  // Reversed, so that the first of an id is the one to pop.
  const unmatched = Map.groupBy(before.toReversed(), ({ providerId }) => providerId);
  const added: ChangesView["added"] = [];
  const changed: ChangesView["changed"] = [];
  for (const provider of after) {
    const old = unmatched.get(provider.providerId)?.pop();
    if (!old) added.push(toRef(provider));
    else changed.push(...diffFields(toProviderDetailView(old), toProviderDetailView(provider)));
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

const toRef = ({ providerId, model }: ProviderCore) => ({ provider_id: providerId, model });

/** One change, or none. */
const diffFields = (before: ProviderDetailView, after: ProviderDetailView): ChangesView["changed"] => {
  const fields = FIELDS.filter((field) => before[field] !== after[field]);
  const pick = (view: ProviderDetailView) => Object.fromEntries(fields.map((field) => [field, view[field]]));
  return fields.length === 0 ? [] : [{ provider_id: after.provider_id, before: pick(before), after: pick(after) }];
};
