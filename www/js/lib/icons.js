/** Line icons on a grid of 24, drawn for Confab. Decorative: the control that holds one has the name. */

const NS = 'http://www.w3.org/2000/svg';

const PATHS = {
    back: 'M14.5 5.5 8 12l6.5 6.5',
    plus: 'M12 5v14M5 12h14',
    send: 'M5 12h12.5M12 6l6 6-6 6',
    close: 'M6.5 6.5l11 11M17.5 6.5l-11 11',
    more: 'M6 12h.01M12 12h.01M18 12h.01',
    up: 'M12 18.5V6M6.5 11.5 12 6l5.5 5.5',
    down: 'M12 5.5v12.5M6.5 12.5 12 18l5.5-5.5',
    search: 'M10.5 4.5a6 6 0 1 1 0 12 6 6 0 0 1 0-12M15 15l4.5 4.5',
    people: 'M9 4.8a3.2 3.2 0 1 1 0 6.4 3.2 3.2 0 0 1 0-6.4M3 19c.4-3.4 2.8-5.2 6-5.2s5.6 1.8 6 5.2M15.5 5.2a3.2 3.2 0 0 1 0 5.6M17.5 14.2c2 .7 3.2 2.3 3.5 4.8',
    person: 'M12 4.5a3.6 3.6 0 1 1 0 7.2 3.6 3.6 0 0 1 0-7.2M5 19.5c.5-3.6 3.2-5.4 7-5.4s6.5 1.8 7 5.4',
    lock: 'M7 11h10v8H7zM9 11V8.2a3 3 0 0 1 6 0V11',
    globe: 'M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16M4.5 12h15M12 4c2.4 2.3 3.4 5 3.4 8s-1 5.7-3.4 8c-2.4-2.3-3.4-5-3.4-8s1-5.7 3.4-8',
    clock: 'M12 5a7 7 0 1 1 0 14 7 7 0 0 1 0-14M12 8.5V12l2.5 1.8',
    check: 'M5.5 12.5l4 4 9-9.5',
    alert: 'M12 4.5a7.5 7.5 0 1 1 0 15 7.5 7.5 0 0 1 0-15M12 8.5v4.2M12 15.7h.01',
    hash: 'M9.5 5 8 19M16 5l-1.5 14M5.5 9.5h14M4.5 14.5h14',
    compass: 'M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16M15.2 8.8l-1.9 4.5-4.5 1.9 1.9-4.5z',
    thread: 'M5 5.5h14v9h-8L7 18v-3.5H5zM8.5 9h7M8.5 11.5h4',
    at: 'M12 8.3a3.7 3.7 0 1 1 0 7.4 3.7 3.7 0 0 1 0-7.4M15.7 8.5v4.9c0 2.9 3.8 2.6 3.8-1.4a7.5 7.5 0 1 0-3 6',
    bookmark: 'M7 4.5h10v15l-5-4-5 4z',
    pin: 'M9 4.5h6M10 4.5v5l-3 3.5h10l-3-3.5v-5M12 13v6.5',
    info: 'M12 4.5a7.5 7.5 0 1 1 0 15 7.5 7.5 0 0 1 0-15M12 11.5v4.2M12 8.5h.01',
    chat: 'M5 6.5h14v9.5h-7.5L7.5 19.5V16H5z',
    key: 'M8 10.5a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7M10.7 11.5 18 4.5M15 7.5l2.5 2.5',
    door: 'M7 4.5h7v15H7M14 12h6.5M17.5 9l3 3-3 3',
    pencil: 'M5 19l.8-3.8L15.5 5.5l3 3-9.7 9.7zM13.5 7.5l3 3',
    bin: 'M5.5 7.5h13M9.5 7.5v-2h5v2M7 7.5l.8 12h8.4l.8-12M10.5 11v5M13.5 11v5',
    smile: 'M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16M8.5 13.8c.8 1.5 2 2.2 3.5 2.2s2.7-.7 3.5-2.2M9.2 9.6h.01M14.8 9.6h.01',
    copy: 'M9 9h10v10.5H9zM6.5 15H5V4.5h10.5V6.5',
    quote: 'M5 12.5h4.5V17H5zM5 12.5c0-3 1.2-5 3.8-6M13.5 12.5H18V17h-4.5zM13.5 12.5c0-3 1.2-5 3.8-6',
    dot: 'M12 8.5a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7',
    link: 'M10.5 13.5l3-3M11.5 7.5l1.8-1.8a3.6 3.6 0 0 1 5 5l-1.8 1.8M12.5 16.5l-1.8 1.8a3.6 3.6 0 0 1-5-5l1.8-1.8',
    bell: 'M6.5 16.5c1-1.2 1.3-2.6 1.3-5a4.2 4.2 0 0 1 8.4 0c0 2.4.3 3.8 1.3 5zM10.3 19a2 2 0 0 0 3.4 0',
    belloff: 'M6.5 16.5c1-1.2 1.3-2.6 1.3-5M9.6 8.1a4.2 4.2 0 0 1 6.6 3.4c0 2.4.3 3.8 1.3 5h-9M10.3 19a2 2 0 0 0 3.4 0M5 5l14 14',
    star: 'M12 4.5l2.3 4.8 5.2.7-3.8 3.6.9 5.2-4.6-2.5-4.6 2.5.9-5.2L4.5 10l5.2-.7z',
    archive: 'M4.5 5.5h15v4h-15zM6 9.5V19h12V9.5M10 13h4',
    calendar: 'M5 6.5h14V19H5zM5 10.5h14M9 4.5v3M15 4.5v3',
    keyboard: 'M3.5 7h17v10.5h-17zM7 10.5h.01M10.3 10.5h.01M13.7 10.5h.01M17 10.5h.01M8 14h8',
    sliders: 'M5 8h8M17 8h2M5 16h2M11 16h8M13 6v4h4V6zM7 14v4h4v-4z',
    clip: 'M18.5 11.5l-6.8 6.8a4.2 4.2 0 0 1-6-6l7.3-7.3a2.8 2.8 0 0 1 4 4l-7.2 7.2a1.4 1.4 0 0 1-2-2l6.4-6.4',
    file: 'M7 4.5h6.5L18 9v10.5H7zM13.5 4.5V9H18',
    save: 'M12 4.5v10M7.5 10.5 12 15l4.5-4.5M5 19h14',
    again: 'M18.5 12a6.5 6.5 0 1 1-2-4.7M18.5 4.5v3.8h-3.8',
    school: 'M12 5 3.5 9.5 12 14l8.5-4.5zM6.5 11.5V16c1.5 1.6 3.4 2.4 5.5 2.4s4-.8 5.5-2.4v-4.5M20.5 9.5V15',
    poll: 'M5.5 19v-7M12 19V5M18.5 19v-10M3.5 19.5h17',
    device: 'M4.5 5.5h15v10h-15zM9 19.5h6M12 15.5v4',
};

/** @typedef {keyof typeof PATHS} IconName */

/** @param {IconName} name */
export function icon(name) {
    const svg = document.createElementNS(NS, 'svg');
    svg.setAttribute('class', 'icon');
    svg.setAttribute('viewBox', '0 0 24 24');
    svg.setAttribute('aria-hidden', 'true');
    svg.dataset.icon = name;
    const path = document.createElementNS(NS, 'path');
    path.setAttribute('d', PATHS[name]);
    svg.append(path);
    return svg;
}
