declare module "*.css" {
  const styles: string;
  export default styles;
}

/** The files below `static/` that the chat window needs from the start, its entry first; put in by the build. */
declare const CHAT_MODULES: readonly string[];

/** The fonts of formulas, below `static/`, put in by the build. */
declare const MATH_FONTS: readonly {
  readonly family: string;
  readonly weight: string;
  readonly style: string;
  readonly file: string;
}[];

/** The script of the audio thread, below `static/`, put in by the build. */
declare const VOICE_WORKLET: string;
