package inspect

import (
	"context"
	"errors"
	"reflect"
	"time"

	"askflow/internal/flow"
	"askflow/internal/hubspot"
	"askflow/internal/run"
	"askflow/internal/service"
	"askflow/internal/source"
	"askflow/internal/tui/ui"
)

// row is what one record came to, with the workflow as it was then.
type row struct {
	run    *run.Run
	result *run.Result
	portal *service.Portal
	// flow is nil when the run keeps none that can be read.
	flow  *flow.Flow
	asks  flow.OpenAIAction
	steps []stepRow
	// totals say in words what the steps add up to; asked tells that one of them asked.
	totals []string
	asked  bool
	// did are the effects by the action that made them.
	did   map[string]*did
	users map[string]string // names of users, by user id
	owner map[string]string // by owner id
	zone  *time.Location
}

// did is what one action did in all of its visits.
type did struct {
	effects []*run.Effect
	visits  int
	weight  int // bytes of text
}

// stepRow is a step in the timeline.
type stepRow struct {
	at   int // from 0
	step *run.Step
	// weight is roughly how many bytes of text the step holds.
	weight int
}

// loadRow reads a row, and the workflow unless it is known from the last time. It is the known one when that is how it still stands.
func loadRow(ctx context.Context, s *service.Services, portal *service.Portal, r *run.Run, seq int64, known *row) (*row, error) {
	result, err := s.Runs.Row(ctx, r.ID, seq)
	if err != nil {
		return nil, rowError(err)
	}
	if known != nil && known.run.ID == r.ID && reflect.DeepEqual(known.result, result) && known.portal.TimeZone == portal.TimeZone && reflect.DeepEqual(known.portal.Users, portal.Users) {
		return known, ctx.Err()
	}
	out := &row{run: r, result: result, portal: portal, asks: portal.OpenAIAction, zone: portal.Zone()}
	if out.asks == (flow.OpenAIAction{}) {
		out.asks = flow.DefaultOpenAIAction()
	}
	out.users, out.owner = people(portal.Users)
	if known != nil && known.run.ID == r.ID {
		out.flow, out.run = known.flow, known.run
	} else {
		out.readFlow(ctx, s)
	}
	out.sortEffects()
	for i := range result.Steps {
		out.steps = append(out.steps, stepRow{at: i, step: &result.Steps[i], weight: out.weigh(i)})
		out.asked = out.asked || result.Steps[i].Ask != nil
	}
	out.totals = out.addUp()
	return out, ctx.Err()
}

// rowError says why there is nothing to show.
func rowError(err error) error {
	if errors.Is(err, run.ErrNoRow) {
		return &service.Error{Code: "no_row", Message: "The run has no result for this record yet.", Hint: "it appears here as soon as there is one; resume the run if it does not go on", Cause: err}
	}
	if errors.Is(err, run.ErrNotFound) {
		return &service.Error{Code: "unknown_run", Message: "The run is not there any more; it was deleted.", Hint: "press esc to go back", Cause: err}
	}
	return err
}

// readFlow reads the workflow as it was when the run began. Without one, prompts are shown without their templates.
func (r *row) readFlow(ctx context.Context, s *service.Services) {
	if len(r.run.Flow) == 0 {
		whole, err := s.Runs.Run(ctx, r.run.ID)
		if err != nil || whole == nil {
			return
		}
		r.run = whole
	}
	node, problems := source.ParseJSON(r.run.Workflow.File, r.run.Flow)
	if node == nil || problems.HasErrors() {
		return
	}
	r.flow, _ = flow.Decode(r.run.Workflow.File, node) // what is wrong with it did not keep it from running
}

func people(users []hubspot.User) (byID, byOwner map[string]string) {
	byID, byOwner = map[string]string{}, map[string]string{}
	for _, u := range users {
		name := u.Name
		if name == "" {
			name = u.Email
		}
		byID[u.ID] = name
		if u.OwnerID != "" {
			byOwner[u.OwnerID] = name
		}
	}
	return byID, byOwner
}

// named puts the name that an id has before it.
func named(id string, names map[string]string) string {
	if n := names[id]; n != "" {
		return n + " (" + id + ")"
	}
	return id
}

// weigh adds up the texts of a step.
func (r *row) weigh(at int) int {
	s := &r.result.Steps[at]
	n := len(s.Reason)
	for k, v := range s.Outputs {
		n += len(k) + len(v)
	}
	for k, v := range s.Inputs {
		n += len(k) + len(v)
	}
	if s.Error != nil {
		n += len(s.Error.Message)
	}
	if a := s.Ask; a != nil {
		n += 2 * len(a.Prompt)
		if a.Response != nil {
			n += len(*a.Response)
		}
		for i := range a.History {
			n += len(a.History[i].Message)
		}
	}
	return n + r.didBy(s.ActionID).weight
}

// sortEffects finds out what each action did.
func (r *row) sortEffects() {
	r.did = map[string]*did{}
	of := func(id string) *did {
		if r.did[id] == nil {
			r.did[id] = &did{}
		}
		return r.did[id]
	}
	for i := range r.result.Steps {
		of(r.result.Steps[i].ActionID).visits++
	}
	for i := range r.result.Effects {
		e := &r.result.Effects[i]
		d := of(e.ActionID)
		d.effects = append(d.effects, e)
		for k, v := range e.Properties {
			d.weight += len(k) + len(v)
		}
		for _, t := range []*string{e.From, e.To, e.Subject, e.Body} {
			if t != nil {
				d.weight += len(*t)
			}
		}
	}
}

// didBy is what an action did.
func (r *row) didBy(actionID string) *did {
	if d := r.did[actionID]; d != nil {
		return d
	}
	return &did{}
}

// action is a step's action in the workflow as it was then, nil when it is not known.
func (r *row) action(s *run.Step) *flow.Action {
	if r.flow == nil {
		return nil
	}
	return r.flow.Action(s.ActionID)
}

// template is the prompt of an asking step with its tokens, "" when it is not known.
func (r *row) template(s *run.Step) string {
	a := r.action(s)
	if a == nil || a.Fields == nil {
		return ""
	}
	if n := a.Field(r.asks.Prompt); n != nil && n.Kind == source.String {
		return n.Text
	}
	return ""
}

// moment is a time of the enrollment's timeline for people.
func (r *row) moment(t time.Time) string { return t.In(r.zone).Format("Mon 2006-01-02 15:04:05 MST") }

// since is how long after the enrollment's beginning a time is, "" where that was not kept.
func (r *row) since(t *time.Time) string {
	start := r.result.Enrollment.Started
	if start == nil || t == nil || t.Before(*start) {
		return ""
	}
	return "+" + span(t.Sub(*start))
}

// stepTitle is what people call a step.
func stepTitle(s *run.Step) string {
	switch {
	case s.Name != "" && s.Label != "":
		return s.Label + " · " + s.Name
	case s.Label != "":
		return s.Label
	case s.Name != "":
		return s.Name
	}
	return "action " + s.ActionID
}

// recordTitle names a record for people.
func recordTitle(r run.RecordRef) string {
	if r.Name != "" {
		return r.Name
	}
	return r.ObjectType + " " + r.ID
}

// rowQuery is what a load of a row needs of the screen's state, taken before it begins.
func rowQuery(env *ui.Env, r *run.Run, seq int64, known *row) func(context.Context) (*row, error) {
	services, portal := env.Services, env.Portal
	return func(ctx context.Context) (*row, error) { return loadRow(ctx, services, portal, r, seq, known) }
}
