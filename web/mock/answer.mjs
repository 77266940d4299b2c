/** What the default model answers: everything the page can format. */
export const longAnswer = `# How a river finds its way

A river is **water that follows the land**, and the land that follows the water. It begins as rain, *collects in the hills*, and ends in the sea.

## Three ages of a river

1. **Youth**: steep, fast, and narrow. It cuts a valley shaped like a V.
2. **Maturity**: slower and wider. It begins to wander from side to side.
3. **Old age**: flat and broad, with islands of its own sand.

A sluice is a gate in its way. It does three things:

- it *holds* water back when there is too much,
- it *lets it through* when there is room, and
- it loses none of it:
  - not when the gate is closed,
  - not when the wind blows.

> No man ever steps in the same river twice, for it is not the same river and he is not the same man.

### The flow, as code

The flow through a gate follows from the height of the water before it:

\`\`\`rust
/// Cubic metres per second through a gate of \`width\` metres.
fn flow(width: f64, opening: f64, head: f64) -> f64 {
    const GRAVITY: f64 = 9.81;
    let speed = (2.0 * GRAVITY * head).sqrt(); // Torricelli
    0.61 * width * opening * speed
}

fn main() {
    println!("{:.1} m³/s", flow(4.0, 0.5, 3.2));
}
\`\`\`

With \`width = 4.0\` and a head of \`3.2\` metres that is roughly **9.7 m³/s**. The same in Python:

\`\`\`python
from math import sqrt

def flow(width: float, opening: float, head: float) -> float:
    """Cubic metres per second through a gate."""
    return 0.61 * width * opening * sqrt(2 * 9.81 * head)
\`\`\`

## Some rivers, compared

| River | Length | Basin | Discharge |
|:------|-------:|------:|----------:|
| Amazon | 6,400 km | 7.0 M km² | 209,000 m³/s |
| Nile | 6,650 km | 3.3 M km² | 2,800 m³/s |
| Rhine | 1,230 km | 0.2 M km² | 2,900 m³/s |

The Amazon carries more water than the next seven rivers together. You can read more at [a page about rivers](https://example.org/rivers).

## What to remember

Water is patient. It waits behind the gate, it finds the gap, and it arrives: *late perhaps, but all of it*.
`;
