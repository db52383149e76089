package suite

import (
	"context"
	"fmt"
	"slices"

	"askflow/internal/emulator"
	"askflow/internal/prompttest"
	"askflow/internal/source"
)

// Update is a test file with what came out as what it expects.
type Update struct {
	File          string // relative to the portal folder
	Before, After []byte // the same when nothing could be accepted
	Accepted      []prompttest.Accepted
	Refused       []prompttest.Refused
	// Aside says why the test did not run, and nothing of it could be accepted; "" when it ran.
	Aside string
}

// Updates runs the tests and works out what their files would be if they expected what came out. Nothing is written. Tests with a
// matrix or repeats are left aside, and do not run; it is an error when no other is left.
func Updates(ctx context.Context, e *emulator.Emulator, opt Options) (*prompttest.Report, []Update, error) {
	plans, warnings, err := Prepare(ctx, e, &opt)
	if err != nil {
		return nil, nil, err
	}
	plans, out := oneAnswerEach(plans)
	if len(plans) == 0 {
		return nil, nil, usage("usage", "name tests that have none", "%s a matrix or repeats, and a file expects one answer for a case, so nothing can be accepted", count(int64(len(out)), "test has", "tests have"))
	}
	accepting := map[string]*prompttest.Acceptance{}
	own := map[string]func(*prompttest.CaseResult) *prompttest.CaseResult{}
	for _, p := range plans {
		accepting[p.Name()] = prompttest.NewAcceptance(p.test.Test)
		if opt.Filter != "" {
			own[p.Name()] = ownOf(p.test.Test)
		}
	}
	opt.seen = func(k Key, c *prompttest.CaseResult, _ string) {
		if own := own[k.Test]; own != nil {
			c = own(c)
		}
		accepting[k.Test].Add(c)
	}
	report, err := runPlans(ctx, e, plans, warnings, &opt)
	if err != nil {
		return report, nil, err
	}
	for _, p := range plans {
		u := Update{File: p.test.File, Before: p.test.Source}
		if u.After, u.Accepted, u.Refused = accepting[p.Name()].Apply(u.Before); len(u.Accepted)+len(u.Refused) > 0 {
			out = append(out, u)
		}
	}
	return report, out, nil
}

// oneAnswerEach keeps the tests that get one answer for a case, and says why the others are left aside.
func oneAnswerEach(plans []*Plan) (kept []*Plan, aside []Update) {
	for _, p := range plans {
		var key, why string
		switch {
		case len(p.cells) > 1:
			key, why = "matrix", "it has a matrix, and a file expects one answer for a case"
		case p.repeat > 1:
			key, why = "repeat", "it repeats its questions, and a file expects one answer for a case"
		default:
			kept = append(kept, p)
			continue
		}
		where := p.test.File
		if at, there := p.test.Pos[key]; there {
			where = fmt.Sprintf("%s:%d:%d", where, at.Line, at.Col)
		}
		aside = append(aside, Update{File: p.test.File, Before: p.test.Source, After: p.test.Source, Aside: where + ": left aside: " + why})
	}
	return kept, aside
}

// ownOf drops from results what `each` expects. With a filter only some records are looked at, and what came of them is not to be
// expected of all.
func ownOf(t *prompttest.Test) func(*prompttest.CaseResult) *prompttest.CaseResult {
	each := map[*source.Node]bool{}
	var note func(*source.Node)
	note = func(n *source.Node) {
		each[n] = true
		for i := range n.Members {
			note(n.Members[i].Value)
		}
		for _, it := range n.Items {
			note(it)
		}
	}
	if n := t.Node.Get("each"); n != nil {
		note(n)
	}
	return func(c *prompttest.CaseResult) *prompttest.CaseResult {
		out := *c
		out.Failures = slices.DeleteFunc(slices.Clone(c.Failures), func(f prompttest.Failure) bool { return each[f.Node] })
		return &out
	}
}
