package compare

// Pair is one ask in both runs: the same visit of the same action.
type Pair struct {
	ActionID string
	// Name is the step's name, or else the action's label.
	Name string
	// Step is the step's name, or else the action's id.
	Step  string
	Visit int
	// A and B are nil in a run in which it was not asked.
	A, B *Asked
	// Same tells that both gave the same response, or neither gave any.
	Same bool
}

// Pairs sets the asks of the two runs side by side: in the order of the first run, those that only the second one asked last.
func (d *Diff) Pairs() []Pair {
	type key struct {
		action string
		visit  int
	}
	var pairs []Pair
	at := map[key]int{}
	add := func(side *Side, set func(*Pair, *Asked)) {
		if side == nil {
			return
		}
		for i := range side.Responses {
			k := &side.Responses[i]
			where, known := at[key{k.ActionID, k.Visit}]
			if !known {
				where = len(pairs)
				at[key{k.ActionID, k.Visit}] = where
				name := k.Name
				if name == "" {
					name = k.Label
				}
				pairs = append(pairs, Pair{ActionID: k.ActionID, Name: name, Step: k.step(), Visit: k.Visit})
			}
			set(&pairs[where], k)
		}
	}
	add(d.A, func(p *Pair, k *Asked) { p.A = k })
	add(d.B, func(p *Pair, k *Asked) { p.B = k })
	for i := range pairs {
		p := &pairs[i]
		p.Same = p.A != nil && p.B != nil && textOf(p.A.Response) == textOf(p.B.Response)
	}
	return pairs
}

// Apart are the asks whose answers differ, in the order of Pairs. An ask that one run did not make and one without an answer
// count alike. Where each run asked once, the two are held against each other whatever their actions are called.
func (d *Diff) Apart() []Pair {
	if a, b := d.A, d.B; a != nil && b != nil && len(a.Responses) == 1 && len(b.Responses) == 1 {
		x, y := &a.Responses[0], &b.Responses[0]
		if textOf(x.Response) == textOf(y.Response) {
			return nil
		}
		if x.ActionID != y.ActionID {
			return []Pair{{ActionID: y.ActionID, Name: y.Name, Step: y.step(), Visit: y.Visit, A: x, B: y}}
		}
	}
	var out []Pair
	for _, p := range d.Pairs() {
		if textOf(p.A.response()) != textOf(p.B.response()) {
			out = append(out, p)
		}
	}
	return out
}

// response is what an ask got; nil of one that was not made.
func (k *Asked) response() *string {
	if k == nil {
		return nil
	}
	return k.Response
}
