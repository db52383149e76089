package suite

import "askflow/internal/prompttest"

// stepSaid is the answer of one step: 0 when none came.
type stepSaid struct {
	step string
	hash uint64
}

// visit is one time that a step asked: the nth, from 0.
type visit struct {
	step string
	nth  int
}

// saidBy notes what every step of a case answered.
func (a *agreement) saidBy(c *prompttest.CaseResult) []stepSaid {
	out := make([]stepSaid, 0, len(c.Asks))
	for i := range c.Asks {
		s := stepSaid{step: c.Asks[i].Step}
		if text := c.Asks[i].Response; text != nil {
			s.hash = hashOf(*text)
			if _, kept := a.texts[s.hash]; !kept && a.bytes < answerBytes {
				short := shorten(*text, answerRunes)
				a.texts[s.hash] = short
				a.bytes += len(short)
			}
		}
		out = append(out, s)
	}
	return out
}

// visits are the times that steps asked, in order.
func visits(steps []stepSaid) []visit {
	out := make([]visit, 0, len(steps))
	seen := map[string]int{}
	for _, s := range steps {
		out = append(out, visit{s.step, seen[s.step]})
		seen[s.step]++
	}
	return out
}

// by is what was answered at a visit; 0 when nothing was.
func (s *said) by(v visit) uint64 {
	n := v.nth
	for _, one := range s.steps {
		if one.step != v.step {
			continue
		}
		if n == 0 {
			return one.hash
		}
		n--
	}
	return 0
}

// differing is the first visit to which several answers were given, the last one where there is none, and whether several steps ask, so
// that it must be named.
func differing(all []said) (at visit, several bool) {
	looked := map[visit]bool{}
	found := false
	for i := range all {
		for _, v := range visits(all[i].steps) {
			if several = several || len(looked) > 0 && !looked[visit{v.step, 0}]; looked[v] {
				continue
			}
			looked[v] = true
			if found {
				continue
			}
			at = v
			for j := range all {
				found = found || all[j].seen && all[j].by(v) != all[i].by(v)
			}
		}
	}
	return at, several
}

// verdict is one answer at a visit, without its counts.
func (a *agreement) verdict(s *said, at visit, several bool) *prompttest.CellVerdict {
	out := &prompttest.CellVerdict{Answer: a.texts[s.by(at)]}
	if several {
		out.Step = at.step
	}
	return out
}
