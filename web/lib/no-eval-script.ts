/**
 * Zod, inside the AI SDK, tries out `new Function` when it is loaded, which the content security
 * policy reports as a violation. It does without when this is set before it loads.
 */
export const noEvalScript = 'globalThis.__zod_globalConfig={jitless:true};';
