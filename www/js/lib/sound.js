/** The sound of a new message: two soft notes, made here, so that no file has to be loaded. */

/** Frequency, begin and length in seconds. */
const NOTES = [[659.26, 0, 0.16], [880, 0.09, 0.28]];
const LOUDNESS = 0.09;

/** @type {AudioContext | undefined} */
let context;

/** A browser may refuse until the person has touched the page; then it stays quiet. */
export async function ring() {
    try {
        context ??= new AudioContext();
        if (context.state === 'suspended') await context.resume();
    } catch {
        return;
    }
    const start = context.currentTime + 0.01;
    for (const [frequency, at, length] of NOTES) {
        const tone = context.createOscillator();
        const gain = context.createGain();
        tone.type = 'sine';
        tone.frequency.value = frequency;
        gain.gain.setValueAtTime(0, start + at);
        gain.gain.linearRampToValueAtTime(LOUDNESS, start + at + 0.012);
        gain.gain.exponentialRampToValueAtTime(0.0001, start + at + length);
        tone.connect(gain).connect(context.destination);
        tone.start(start + at);
        tone.stop(start + at + length + 0.02);
    }
}
