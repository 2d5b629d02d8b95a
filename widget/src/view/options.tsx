import type { JSX } from "preact";
import type { Message } from "../protocol";
import { useChat } from "./context";

interface OptionsProps {
  readonly messages: readonly Message[];
  /** The turn that they are the reply of; 0 for the greeting. */
  readonly turn: number;
}

/** The preset answers under the last message. */
export function Options({ messages, turn }: OptionsProps): JSX.Element | null {
  const { client } = useChat();
  const options = messages.at(-1)?.options ?? [];
  if (options.length === 0) return null;
  const { conversation } = client.thread;
  return (
    <div class="options" part="options" role="group">
      {options.map((option, index) => {
        const shown = option.label || option.value;
        return (
          <button
            key={index}
            type="button"
            class="option"
            part="option"
            dir="auto"
            onClick={() => client.command({ type: "choose", conversation, turn, index }, shown)}
          >
            {shown}
          </button>
        );
      })}
    </div>
  );
}
