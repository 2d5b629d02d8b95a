import type { JSX } from "preact";
import { useEffect, useId, useState } from "preact/hooks";
import type { AppInput, Json } from "../protocol";
import { useCell, useChat } from "./context";
import { Panel } from "./panel";
import { FileControl } from "./setting_file";

/** The app's additional inputs as a form; each change holds at once, for this conversation. */
export function SettingsPanel({ close }: { readonly close: () => void }): JSX.Element {
  const { client, t } = useChat();
  const profile = useCell(client.profile);
  const { settings } = useCell(client.thread.head);
  const inputs = (profile?.inputs ?? []).filter((input) => input.visible !== false);
  const refused = useCell(client.returned) !== null;
  const [round, setRound] = useState(0);
  /** What stands in the fields gives way to what holds. */
  const renew = (): void => setRound((before) => before + 1);
  useEffect(() => {
    if (refused) renew();
  }, [refused]);
  const set = (name: string, value: Json): void => {
    client.command({ type: "settings.set", conversation: client.thread.conversation, values: { [name]: value } });
  };
  const reset = (): void => {
    const values = Object.fromEntries(inputs.map((input) => [input.name, null]));
    client.command({ type: "settings.set", conversation: client.thread.conversation, values });
    renew();
  };
  return (
    <Panel title={profile?.labels?.settings || t("settings")} close={close}>
      <form class="settings" onSubmit={(event) => event.preventDefault()}>
        {inputs.map((input) => (
          <Field
            key={`${client.thread.conversation}:${round}:${input.name}`}
            input={input}
            held={settings[input.name] ?? input.default ?? null}
            set={(value) => set(input.name, value)}
          />
        ))}
        <p class="status">{t("settings_note")}</p>
        <button type="button" class="button" onClick={reset}>
          {t("reset")}
        </button>
      </form>
    </Panel>
  );
}

interface FieldProps {
  readonly input: AppInput;
  /** The value that holds. */
  readonly held: Json;
  readonly set: (value: Json) => void;
}

/** One input. What is typed or chosen stands in it until the server tells of another value. */
function Field({ input, held, set }: FieldProps): JSX.Element {
  const [draft, setDraft] = useState<Json | undefined>(undefined);
  useEffect(() => setDraft(undefined), [JSON.stringify(held)]);
  const choose = (value: Json): void => {
    setDraft(value);
    set(value);
  };
  return <Shown input={input} value={draft === undefined ? held : draft} type={setDraft} set={choose} />;
}

interface ShownProps {
  readonly input: AppInput;
  readonly value: Json;
  /** Keeps what is being typed. */
  readonly type: (value: Json) => void;
  readonly set: (value: Json) => void;
}

function Shown({ input, value, type, set }: ShownProps): JSX.Element {
  const id = useId();
  const info = input.info ?? "";
  if (input.kind === "checkbox") {
    return (
      <label class="field inline">
        <input type="checkbox" checked={value === true} onChange={(event) => set(event.currentTarget.checked)} />
        <span>
          {input.label}
          {info === "" ? null : <small>{info}</small>}
        </span>
      </label>
    );
  }
  if (input.kind === "radio" || input.kind === "multiselect") return <ChoiceField input={input} value={value} type={type} set={set} />;
  return (
    <div class="field">
      <label for={id}>
        {input.label}
        {input.kind === "slider" ? <output for={id}>{textOf(value)}</output> : null}
      </label>
      {info === "" ? null : <small id={`${id}-info`}>{info}</small>}
      <Control id={id} input={input} value={value} type={type} set={set} />
    </div>
  );
}

function ChoiceField({ input, value, set }: ShownProps): JSX.Element {
  const name = useId();
  const many = input.kind === "multiselect";
  const chosen = (many && Array.isArray(value) ? value : [value]) as readonly Json[];
  const has = (one: Json): boolean => chosen.some((other) => same(other, one));
  const toggle = (one: Json): void => {
    if (!many) return set(one);
    set(has(one) ? chosen.filter((other) => !same(other, one)) : [...chosen.filter((other) => other !== null), one]);
  };
  return (
    <fieldset class="field">
      <legend>{input.label}</legend>
      {input.info ? <small>{input.info}</small> : null}
      {(input.choices ?? []).map((choice, index) => (
        <label class="inline" key={index}>
          <input type={many ? "checkbox" : "radio"} name={name} checked={has(choice.value)} onChange={() => toggle(choice.value)} />
          <span>{choice.label}</span>
        </label>
      ))}
    </fieldset>
  );
}

function textOf(value: Json): string {
  return typeof value === "string" ? value : value === null ? "" : JSON.stringify(value);
}

function same(one: Json, other: Json): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

interface ControlProps extends ShownProps {
  readonly id: string;
}

function Control({ id, input, value, type, set }: ControlProps): JSX.Element {
  const text = textOf(value);
  const described = input.info ? `${id}-info` : undefined;
  const limits = { min: input.minimum, max: input.maximum, step: input.step ?? "any" };
  const typed = (event: { currentTarget: HTMLInputElement }): void => type(event.currentTarget.value);
  const number = (raw: string): void => {
    if (raw !== "" && Number.isFinite(Number(raw))) set(Number(raw));
  };
  switch (input.kind) {
    case "slider":
      return (
        <input id={id} type="range" {...limits} value={text} aria-describedby={described} onInput={typed} onChange={(event) => number(event.currentTarget.value)} />
      );
    case "number":
      return (
        <input id={id} type="number" {...limits} value={text} aria-describedby={described} onInput={typed} onChange={(event) => number(event.currentTarget.value)} />
      );
    case "dropdown":
      return <Dropdown id={id} input={input} value={value} type={type} set={set} />;
    case "file":
      return <FileControl id={id} input={input} value={value} set={set} />;
    case "date":
      return <DateControl id={id} value={text} set={set} />;
    case "json":
      return <JsonArea id={id} value={value} set={set} />;
    default:
      return <TextControl id={id} input={input} value={text} type={type} set={set} />;
  }
}

function Dropdown({ id, input, value, type, set }: ControlProps): JSX.Element {
  const choices = input.choices ?? [];
  if (input.allow_custom === true) {
    return (
      <>
        <input
          id={id}
          list={`${id}-choices`}
          value={typeof value === "string" ? value : ""}
          onInput={(event) => type(event.currentTarget.value)}
          onChange={(event) => set(event.currentTarget.value)}
        />
        <datalist id={`${id}-choices`}>
          {choices.map((choice, index) => (
            <option key={index} value={textOf(choice.value)}>
              {choice.label}
            </option>
          ))}
        </datalist>
      </>
    );
  }
  const at = choices.findIndex((choice) => same(choice.value, value));
  return (
    <select id={id} value={String(at)} onChange={(event) => set(choices[Number(event.currentTarget.value)]?.value ?? null)}>
      {at === -1 ? <option value="-1" /> : null}
      {choices.map((choice, index) => (
        <option key={index} value={String(index)}>
          {choice.label}
        </option>
      ))}
    </select>
  );
}

function JsonArea({ id, value, set }: { readonly id: string; readonly value: Json; readonly set: (value: Json) => void }): JSX.Element {
  const change = (area: HTMLTextAreaElement): void => {
    try {
      const parsed = JSON.parse(area.value) as Json;
      area.setCustomValidity("");
      set(parsed);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      area.setCustomValidity(error.message);
      area.reportValidity();
    }
  };
  return (
    <textarea id={id} rows={4} spellcheck={false} onChange={(event) => change(event.currentTarget)}>
      {JSON.stringify(value, null, 2)}
    </textarea>
  );
}

interface TextControlProps {
  readonly id: string;
  readonly input: AppInput;
  readonly value: string;
  readonly type: (value: Json) => void;
  readonly set: (value: Json) => void;
}

function TextControl({ id, input, value, type, set }: TextControlProps): JSX.Element {
  const shared = {
    id,
    value,
    placeholder: input.placeholder ?? "",
    maxLength: input.max_length,
    onInput: (event: { currentTarget: HTMLInputElement | HTMLTextAreaElement }) => type(event.currentTarget.value),
    onChange: (event: { currentTarget: HTMLInputElement | HTMLTextAreaElement }) => set(event.currentTarget.value),
  };
  if (input.kind === "color") return <input {...shared} type="color" />;
  return (input.lines ?? 1) > 1 ? <textarea {...shared} rows={input.lines ?? 2} /> : <input {...shared} type="text" />;
}

interface DateControlProps {
  readonly id: string;
  readonly value: string;
  readonly set: (value: Json) => void;
}

/** Gradio writes `2026-01-02 03:04:05`, or the day alone for an input without a time. */
function DateControl({ id, value, set }: DateControlProps): JSX.Element {
  const dayAlone = /^\d{4}-\d\d-\d\d$/.test(value);
  const understood = dayAlone || /^\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?$/.test(value);
  const change = (event: { currentTarget: HTMLInputElement }): void => {
    const [day = "", time = ""] = event.currentTarget.value.split("T");
    if (day === "") return set(null);
    set(dayAlone ? day : `${day} ${time.length === 5 ? `${time}:00` : time}`);
  };
  return (
    <input
      id={id}
      type={dayAlone ? "date" : "datetime-local"}
      step={dayAlone ? undefined : 1}
      value={understood ? value.replace(" ", "T") : ""}
      onChange={change}
    />
  );
}
