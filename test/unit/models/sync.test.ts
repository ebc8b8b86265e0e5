import { expect, test } from "bun:test";
import { diffProviders, isChange } from "@/models/sync.ts";
import type { ProviderDetailView } from "@/models/view.ts";

const provider = (provider_id: string, changes: Partial<ProviderDetailView> = {}): ProviderDetailView => ({
  provider_id,
  model: "m",
  provider_type: "",
  base_url: "",
  capability: "chat",
  vendor: "",
  enabled: true,
  is_default: false,
  ...changes,
});

const names = (refs: { provider_id: string }[]) => refs.map((ref) => ref.provider_id);

test("the same providers in another order are no change", () => {
  expect(isChange(diffProviders([provider("a"), provider("b")], [provider("b"), provider("a")]))).toBe(false);
});

test("what was added, removed and changed is named, with the fields that differ", () => {
  const changes = diffProviders(
    [provider("a"), provider("b"), provider("c"), provider("d")],
    [provider("e"), provider("c", { model: "n", enabled: false }), provider("b")],
  );

  expect(changes).toEqual({
    added_count: 1,
    removed_count: 2,
    changed_count: 1,
    added: [{ provider_id: "e", model: "m" }],
    removed: [
      { provider_id: "a", model: "m" },
      { provider_id: "d", model: "m" },
    ],
    changed: [{ provider_id: "c", before: { model: "m", enabled: true }, after: { model: "n", enabled: false } }],
  });
});

test("providers that share an id are compared in their order", () => {
  const changes = diffProviders(
    [provider("a", { model: "1" }), provider("a", { model: "2" })],
    [provider("a", { model: "1" }), provider("a", { model: "3" }), provider("a", { model: "4" })],
  );

  expect(changes.changed).toEqual([{ provider_id: "a", before: { model: "2" }, after: { model: "3" } }]);
  expect(changes.added).toEqual([{ provider_id: "a", model: "4" }]);
});

test("all are counted and the first two hundred named", () => {
  const many = Array.from({ length: 1000 }, (_, n) => provider(`p${n}`));
  const changes = diffProviders([], many);

  expect(changes.added_count).toBe(1000);
  expect(names(changes.added)).toEqual(names(changes.added).slice(0, 200));
});
