package flowdraw

// Next is the card that a direction leads to from another one: down and up along the connections, left and right to the arms
// beside. Where there is none it is the same card.
func (d *Drawing) Next(from string, dir Direction) string {
	i, ok := d.graph.index[from]
	if !ok {
		return ""
	}
	to := -1
	switch dir {
	case Down:
		to = d.down(i)
	case Up:
		to = d.up(i)
	case Left:
		to = d.beside(i, -1)
	case Right:
		to = d.beside(i, 1)
	}
	if to < 0 {
		return from
	}
	return d.graph.nodes[to].id
}

// First and Last are the cards at both ends of the drawing.
func (d *Drawing) First() string { return "" }

// Last is the lowest card.
func (d *Drawing) Last() string {
	last := 0
	for i := range d.tall.cards {
		if d.tall.cards[i].y > d.tall.cards[last].y {
			last = i
		}
	}
	return d.graph.nodes[last].id
}

// down follows the first connection that leads forward; from where an enrollment ends it goes to what stands next below.
func (d *Drawing) down(i int) int {
	for _, a := range d.graph.nodes[i].arms {
		if a.forward {
			return a.to
		}
	}
	next, y := -1, 0
	for k := range d.tall.cards {
		if at := d.tall.cards[k].y; at > d.tall.cards[i].y && (next < 0 || at < y) {
			next, y = k, at
		}
	}
	return next
}

// up goes to what stands above: what leads here, or for the first card of a part the last one of the part before.
func (d *Drawing) up(i int) int {
	if above := d.tall.cards[i].above; above >= 0 {
		return above
	}
	before, y := -1, 0
	for k := range d.tall.cards {
		if at := d.tall.cards[k].y; at < d.tall.cards[i].y && (before < 0 || at > y) {
			before, y = k, at
		}
	}
	return before
}

// beside goes to the nearest arm on one side that has cards, and there to the card on about the same line. Where a branch
// has no further arm, the arms of the branch around it count.
func (d *Drawing) beside(i, step int) int {
	for at := i; ; {
		k := &d.wide.cards[at]
		if k.parent < 0 {
			return d.firstArm(i, step)
		}
		arms := d.graph.nodes[k.parent].arms
		for arm := k.arm + step; arm >= 0 && arm < len(arms); arm += step {
			if to := d.onArm(k.parent, arm, d.wide.cards[i].y); to >= 0 {
				return to
			}
		}
		at = k.parent
	}
}

// firstArm enters a branch from itself: to the right into its first arm with cards, to the left into its last one.
func (d *Drawing) firstArm(i, step int) int {
	n := &d.graph.nodes[i]
	if !n.branch() {
		return -1
	}
	arm, end := 0, len(n.arms)
	if step < 0 {
		arm, end = len(n.arms)-1, -1
	}
	for ; arm != end; arm += step {
		if to := d.onArm(i, arm, d.wide.cards[i].y); to >= 0 {
			return to
		}
	}
	return -1
}

// onArm finds the card of an arm that is nearest to a line, -1 when it has none.
func (d *Drawing) onArm(branch, arm, y int) int {
	found, best := -1, 0
	for i := range d.wide.cards {
		k := &d.wide.cards[i]
		if k.parent != branch || k.arm != arm {
			continue
		}
		if away := max(k.y-y, y-k.y); found < 0 || away < best {
			found, best = i, away
		}
	}
	return found
}
