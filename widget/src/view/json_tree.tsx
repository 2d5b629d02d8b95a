import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Json } from "../protocol";
import { useChat } from "./context";

/** Members shown at once; each press shows as many more. */
const AT_ONCE = 100;

interface JsonTreeProps {
  readonly value: Json;
  /** Levels that are open at first. */
  readonly open: number;
}

/** JSON that is unfolded level by level. What is folded is not drawn. */
export function JsonTree({ value, open }: JsonTreeProps): JSX.Element {
  return (
    <div class="json" dir="ltr">
      <Value name={null} value={value} open={open} />
    </div>
  );
}

interface ValueProps {
  readonly name: string | null;
  readonly value: Json;
  readonly open: number;
}

function Value({ name, value, open }: ValueProps): JSX.Element {
  const [unfolded, setUnfolded] = useState(open > 0);
  const key = name === null ? null : <span class="json-key">{name}: </span>;
  if (typeof value !== "object" || value === null) {
    return (
      <div class="json-line">
        {key}
        <span class={`json-${value === null ? "null" : typeof value}`}>{JSON.stringify(value)}</span>
      </div>
    );
  }
  const members = Object.entries(value);
  const [left, right] = Array.isArray(value) ? "[]" : "{}";
  if (members.length === 0) {
    return (
      <div class="json-line">
        {key}
        {left}
        {right}
      </div>
    );
  }
  return (
    <details open={unfolded} onToggle={(event) => setUnfolded(event.currentTarget.open)}>
      <summary>
        {key}
        {left}
        {unfolded ? "" : ` ${members.length} ${right}`}
      </summary>
      {unfolded ? <Members members={members} named={!Array.isArray(value)} open={open - 1} /> : null}
      {unfolded ? <div class="json-line">{right}</div> : null}
    </details>
  );
}

interface MembersProps {
  readonly members: readonly (readonly [string, Json])[];
  readonly named: boolean;
  readonly open: number;
}

function Members({ members, named, open }: MembersProps): JSX.Element {
  const { t } = useChat();
  const [limit, setLimit] = useState(AT_ONCE);
  return (
    <div class="json-members">
      {members.slice(0, limit).map(([name, value]) => (
        <Value key={name} name={named ? JSON.stringify(name) : null} value={value} open={open} />
      ))}
      {members.length > limit ? (
        <button type="button" class="quiet-button" onClick={() => setLimit(limit + AT_ONCE)}>
          {t("show_more")}
        </button>
      ) : null}
    </div>
  );
}
