/** How a state is drawn: each tone has a shape of its own, so that colour is never the only sign. */
export type Tone = "ok" | "warning" | "fault" | "notice" | "off";

const shapes: Record<Tone, { outline: string; mark: string }> = {
  ok: { outline: "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1z", mark: "M4.8 8.2l2.2 2.2 4.2-4.6" },
  warning: { outline: "M8 1.2 15.3 14H.7z", mark: "M8 6v3.6M8 11.7v.1" },
  fault: { outline: "M5.1 1h5.8L15 5.1v5.8L10.9 15H5.1L1 10.9V5.1z", mark: "M5.6 5.6l4.8 4.8M10.4 5.6l-4.8 4.8" },
  notice: {
    outline: "M3 1h10a2 2 0 0 1 2 2v10a2 2 0 0 1-2 2H3a2 2 0 0 1-2-2V3a2 2 0 0 1 2-2z",
    mark: "M8 7.4v4M8 4.6v.1",
  },
  off: { outline: "M8 .8 15.2 8 8 15.2.8 8z", mark: "M5.2 8h5.6" },
};

export const Icon = ({ tone }: { tone: Tone }) => (
  <svg class={`icon ${tone}`} viewBox="0 0 16 16" aria-hidden="true">
    <path class="outline" d={shapes[tone].outline} />
    <path class="mark" d={shapes[tone].mark} />
  </svg>
);
