package action

import (
	"context"
	"fmt"
	"hash/fnv"
	"io"

	"askflow/internal/filter"
	"askflow/internal/flow"
	"askflow/internal/hubspot"
	"askflow/internal/run"
)

// taken is the outcome of a branch that goes down an arm.
func taken(arm, reason string, c *flow.Connection) run.Outcome {
	out := run.Outcome{State: run.Success, Branch: &arm, Reason: reason, NextSet: true}
	if c != nil {
		out.Next = c.NextID
	}
	return out
}

// fellThrough is the outcome of a branch none of whose arms matched.
func fellThrough(a *flow.Action) run.Outcome {
	arm := a.DefaultArm()
	reason := ""
	if a.DefaultBranch == nil {
		reason = "no branch matched and there is no default branch: the record ends here, which HubSpot does not show"
	}
	return taken(arm, reason, a.DefaultBranch)
}

type listBranch struct {
	action *flow.Action
	arms   []*filter.Matcher
}

func (c *compiler) listBranch() Runner {
	b := &listBranch{action: c.action}
	for _, arm := range c.action.ListBranches {
		b.arms = append(b.arms, c.matcher(arm.Filter))
	}
	return b
}

// matcher compiles a filter branch; nil when there is none.
func (c *compiler) matcher(branch *hubspot.FilterBranch) *filter.Matcher {
	if branch == nil {
		return nil
	}
	m, problems := CompileFilter(c.env, branch)
	c.r.Problems = append(c.r.Problems, problems...)
	return m
}

func (b *listBranch) Run(_ context.Context, s *Scope) run.Outcome {
	for i, m := range b.arms {
		if m == nil || m.Match(s.Record()).OK { // an arm without a condition takes everybody
			arm := b.action.ListBranches[i]
			return taken(arm.Name, "", arm.Connection)
		}
	}
	return fellThrough(b.action)
}

type staticBranch struct {
	action *flow.Action
	input  *evaluator
}

func (c *compiler) staticBranch() Runner {
	if c.action.Input == nil {
		c.r.Errorf(c.action.Pos, "missing_key", "", `a value-equals branch needs "inputValue"`)
		return skipped{"the branch has no input"}
	}
	return &staticBranch{action: c.action, input: c.value(c.action.Input)}
}

func (b *staticBranch) Run(_ context.Context, s *Scope) run.Outcome {
	v, ok, err := b.input.eval(s)
	if err != nil {
		out := fellThrough(b.action)
		out.State, out.Error = run.FailContinue, err
		return out
	}
	for _, arm := range b.action.StaticBranches {
		if ok && arm.Value == v {
			return taken(arm.Value, "", arm.Connection)
		}
	}
	out := fellThrough(b.action)
	if !ok && out.Reason == "" {
		out.Reason = b.input.describe() + " has no value"
	}
	return out
}

type randomSplit struct {
	env     *Env
	action  *flow.Action
	weights []int
	total   int
}

func (c *compiler) randomSplit() Runner {
	r := &randomSplit{env: c.env, action: c.action}
	open, given := 0, 0
	for _, b := range c.action.TestBranches {
		if b.Percentage < 0 {
			open++
		} else {
			given += b.Percentage
		}
	}
	if len(c.action.TestBranches) == 0 {
		c.r.Errorf(c.action.Pos, "missing_key", "", "a random split needs at least one arm")
		return skipped{"the split has no arms"}
	}
	if open == 0 && given != 100 || given > 100 {
		c.r.Errorf(c.action.Pos, "bad_split", "", "the percentages of a random split add up to %d, not to 100", given)
	}
	for _, b := range c.action.TestBranches {
		w := b.Percentage * open
		if b.Percentage < 0 {
			w = 100 - given // the arms that say nothing share what is left, in units of 1/open percent
		}
		if open == 0 {
			w = b.Percentage
		}
		r.weights = append(r.weights, max(0, w))
		r.total += max(0, w)
	}
	return r
}

// Run draws an arm from seed, record and step, so that the same record goes the same way in every run with that seed.
func (r *randomSplit) Run(_ context.Context, s *Scope) run.Outcome {
	h := fnv.New64a()
	_, _ = io.WriteString(h, fmt.Sprintf("%d\x00%s\x00%s\x00%s\x00%d", r.env.Seed, s.Record().Record.ObjectType, s.Record().Record.ID, r.action.ID, s.visits[r.action.ID]))
	draw := int(mix(h.Sum64()) % uint64(max(1, r.total)))
	for i, w := range r.weights {
		if draw -= w; draw < 0 {
			return taken(flow.TestArm(i), "", r.action.TestBranches[i].Connection)
		}
	}
	last := len(r.weights) - 1
	return taken(flow.TestArm(last), "", r.action.TestBranches[last].Connection)
}

// mix spreads the bits of a hash so that its remainders are even.
func mix(x uint64) uint64 {
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	x *= 0xc4ceb9fe1a85ec53
	return x ^ x>>33
}
