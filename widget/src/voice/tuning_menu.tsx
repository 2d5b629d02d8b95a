import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import { useCell, useChat } from "../view/context";
import type { Call } from "./call";
import { VoiceIcon } from "./icons";
import { LANGUAGES, LONGEST_VOICE, SPEEDS, type Tuning } from "./tuning";

/** Language, voice and speed of this conversation's calls: a button, and what it shows. */
export function TuningMenu({ call }: { readonly call: Call }): JSX.Element {
  const { t } = useChat();
  const [open, setOpen] = useState(false);
  return (
    <>
      <button
        type="button"
        class="voice-control"
        aria-label={t("voice_tuning")}
        title={t("voice_tuning")}
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        <VoiceIcon name="tune" />
      </button>
      {open ? <Fields call={call} /> : null}
    </>
  );
}

function Fields({ call }: { readonly call: Call }): JSX.Element {
  const { t } = useChat();
  const tuning = useCell(call.tuning);
  // What is being typed stays, whatever else is drawn meanwhile.
  const [voice, setVoice] = useState(tuning.voice);
  const change = (changed: Partial<Tuning>): void => call.tune({ ...call.tuning.value, ...changed });
  const times = new Intl.NumberFormat(t.locale);
  return (
    <div class="voice-fields">
      <Field label={t("voice_language")}>
        <select value={tuning.language} onChange={(event) => change({ language: event.currentTarget.value })}>
          <option value="">{t("voice_usual")}</option>
          {LANGUAGES.map((tag) => <option key={tag} value={tag} lang={tag}>{nameOf(tag)}</option>)}
        </select>
      </Field>
      <Field label={t("voice_voice")}>
        <input
          type="text"
          value={voice}
          maxLength={LONGEST_VOICE}
          placeholder={t("voice_usual")}
          autoComplete="off"
          spellcheck={false}
          dir="auto"
          onInput={(event) => setVoice(event.currentTarget.value)}
          onChange={() => change({ voice: voice.trim() })}
        />
      </Field>
      <Field label={t("voice_speed")}>
        <select value={String(tuning.speed)} onChange={(event) => change({ speed: Number(event.currentTarget.value) })}>
          <option value="0">{t("voice_usual")}</option>
          {SPEEDS.map((speed) => <option key={speed} value={String(speed)}>{`${times.format(speed)} ×`}</option>)}
        </select>
      </Field>
    </div>
  );
}

function Field({ label, children }: { readonly label: string; readonly children: ComponentChildren }): JSX.Element {
  return (
    <label class="voice-field">
      <span>{label}</span>
      {children}
    </label>
  );
}

/** As its speakers call it. */
function nameOf(tag: string): string {
  return new Intl.DisplayNames([tag], { type: "language" }).of(tag) ?? tag;
}
