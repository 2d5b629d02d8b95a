import { lazy } from "./lazy";

/** What the app takes as feedback; few apps take any. */
export const FeedbackButtons = lazy(async () => (await import("./feedback_buttons")).FeedbackButtons);
