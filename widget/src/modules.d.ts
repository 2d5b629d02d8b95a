declare module "*.css" {
  const styles: string;
  export default styles;
}

/** The chat window's address below `static/`, put in by the build. */
declare const CHAT_MODULE: string;
