package action

import (
	"context"
	"errors"
	"maps"
	"math"
	"strconv"
	"strings"
	"time"

	"askflow/internal/assistant"
	"askflow/internal/flow"
	"askflow/internal/run"
	"askflow/internal/source"
)

// ask is Ask OpenAI Assistant.
type ask struct {
	env      *Env
	action   *flow.Action
	prompt   *evaluator
	question *assistant.Question // everything but the prompt; nil when refused
	refused  *run.Error          // why every ask of this action fails before sending
	// settled is what every ask shows of the settings, as far as they are known when it is refused.
	settled run.Ask
}

func (c *compiler) ask() Runner {
	k := c.env.Kinds.OpenAI
	a := &ask{env: c.env, action: c.action, prompt: c.text(k.Prompt)}
	f := c.r.Object(c.action.Fields, "Ask OpenAI Assistant")
	own := assistant.Settings{Model: strings.TrimSpace(f.String(k.Model)), ReasoningEffort: strings.TrimSpace(f.String(k.ReasoningEffort))}
	if t, ok := f.Float(k.Temperature); ok {
		own.Temperature = &t
	}
	name := strings.TrimSpace(f.String(k.Assistant))
	if c.env.Ask.FlagAsst != "" {
		name = c.env.Ask.FlagAsst
	}
	e := c.env.Ask
	found, ok := e.Assistant(name)
	if !ok {
		found = nil
	}
	levels := []assistant.Settings{e.Flags, own, assistant.FromAssistant(found), e.Portal}
	a.settled = settledAs(name, found, e.Protocol, assistant.Merge(levels...))
	switch {
	case e.Locked != nil:
		a.refused = e.Locked
	case name == "":
		a.refused = failf(CodeUnknownAsst, "choose one: "+k.Assistant+" in the workflow, or --assistant", "the action names no assistant")
	case !ok:
		a.refused = failf(CodeUnknownAsst, "emulator assistants list shows those of this portal", "the portal has no assistant %q", name)
	default:
		q, err := assistant.Resolve(found, e.Protocol, e.MaxOutput, e.Models, e.Allowed, levels...)
		if err != nil {
			a.refused = &run.Error{Code: err.Code, Message: err.Message, Hint: err.Hint}
			return a
		}
		a.question = q
		a.settled = settledAs(name, found, q.Protocol, assistant.Settings{Model: q.Model, Temperature: q.Temperature, ReasoningEffort: q.ReasoningEffort})
	}
	return a
}

// settledAs is an ask without its prompt. The assistant is nil when the portal has none of that name.
func settledAs(name string, found *assistant.Assistant, protocol assistant.Protocol, s assistant.Settings) run.Ask {
	if found != nil {
		name = found.ID
	}
	if protocol == "" {
		protocol = assistant.Responses
	}
	return run.Ask{Assistant: name, Model: s.Model, Temperature: s.Temperature, ReasoningEffort: s.ReasoningEffort, Protocol: string(protocol)}
}

// Question returns what an ask action would send, without the prompt, or why it would be refused.
func Question(r Runner) (*assistant.Question, *run.Error) {
	a, ok := r.(*ask)
	if !ok {
		return nil, nil
	}
	return a.question, a.refused
}

// Prompt renders an ask action's prompt for an enrollment. ok is false for other actions.
func Prompt(r Runner, s *Scope) (prompt string, ok bool, err *run.Error) {
	a, isAsk := r.(*ask)
	if !isAsk {
		return "", false, nil
	}
	prompt, err = a.prompt.tokenText(s)
	return prompt, true, err
}

// AskPinned is the outcome of an ask whose answer was given on the command line.
func AskPinned(r Runner, s *Scope, text string) run.Outcome {
	a, isAsk := r.(*ask)
	if !isAsk {
		return run.Outcome{State: run.Success, Pinned: true}
	}
	out := run.Outcome{State: run.Success, Pinned: true, Outputs: a.outputs(text)}
	if prompt, err := a.prompt.tokenText(s); err == nil {
		out.Ask = a.asked(prompt)
		out.Ask.Response = &text
	}
	return out
}

// Given is the outcome of a step that is not executed here and whose outputs were given on the command line.
func Given(outputs map[string]string) run.Outcome {
	all := maps.Clone(outputs)
	all[flow.ExecutionState] = string(run.Success)
	return run.Outcome{State: run.Success, Pinned: true, Outputs: all}
}

func (a *ask) outputs(text string) map[string]string {
	return map[string]string{a.env.Kinds.OpenAI.Output: text, flow.ExecutionState: string(run.Success)}
}

func (a *ask) asked(prompt string) *run.Ask {
	asked := a.settled
	asked.Prompt = prompt
	return &asked
}

func (a *ask) fail(e *run.Error, asked *run.Ask) run.Outcome {
	out := failed(e)
	out.Ask = asked
	out.Outputs = map[string]string{flow.ExecutionState: string(run.FailContinue)}
	return out
}

// Run asks. Whatever goes wrong ends in FAIL_CONTINUE without a response; only a cancelled context ends the enrollment
// (the engine looks at the context).
func (a *ask) Run(ctx context.Context, s *Scope) run.Outcome {
	prompt, failure := a.prompt.tokenText(s)
	if a.refused != nil {
		failure = a.refused // whatever the prompt
	}
	if failure != nil {
		return a.fail(failure, a.asked(prompt)) // with no attempts
	}
	q := *a.question
	q.Prompt = prompt
	rec := s.Record().Record
	visit := s.visits[a.action.ID]
	caller := assistant.Caller{RecordType: rec.ObjectType, RecordID: rec.ID, Assistant: q.Assistant.ID, AssistantName: q.Assistant.Name,
		Step: a.action.ID, StepName: a.action.Name, Visit: visit, Repeat: a.env.Ask.Repeat, FirstAttempt: 1}
	prior := s.prior(a.action.ID, visit)
	if prior != nil {
		// What an earlier action failed at may have come out differently now, and with it the question.
		if prior.State == run.Success && prior.Ask.Prompt == prompt {
			return a.again(ctx, s, prior)
		}
		caller.FirstAttempt += prior.Ask.Attempts
	}
	started := s.Now()
	answer, err := a.env.Ask.Asker.Ask(assistant.WithCaller(ctx, caller), &q)
	asked := a.asked(prompt)
	asked.LatencyMs = s.Now().Sub(started).Milliseconds()
	if answer != nil {
		asked.Attempts = len(answer.Attempts)
		asked.Usage = answer.Usage
		asked.CostUSD = answer.CostUSD
		if len(answer.Attempts) > 1 || err != nil {
			asked.History = answer.Attempts
		}
	}
	if prior != nil {
		goOn(asked, prior.Ask, answer)
	}
	if err != nil {
		return a.fail(runError(err), asked)
	}
	text := answer.Text
	asked.Response = &text
	return run.Outcome{State: run.Success, Outputs: a.outputs(text), Ask: asked, Warnings: q.Warnings}
}

// goOn adds what an earlier try of the same ask took: its attempts were made and its tokens were paid for.
func goOn(asked, prior *run.Ask, answer *assistant.Answer) {
	if prior.Attempts == 0 {
		return
	}
	asked.Attempts += prior.Attempts
	asked.History = append([]run.Attempt{}, prior.History...)
	if answer != nil {
		asked.History = append(asked.History, answer.Attempts...)
	}
	if prior.Usage == nil {
		return
	}
	usage := *prior.Usage
	cost := prior.CostUSD
	if u := asked.Usage; u != nil {
		usage.InputTokens += u.InputTokens
		usage.CachedTokens += u.CachedTokens
		usage.OutputTokens += u.OutputTokens
		usage.ReasoningTokens += u.ReasoningTokens
		usage.Estimated = usage.Estimated || u.Estimated
		cost = ""
		before, errBefore := assistant.ParseMoney(prior.CostUSD)
		now, errNow := assistant.ParseMoney(asked.CostUSD)
		if errBefore == nil && errNow == nil {
			cost = before.Add(now).String()
		}
	}
	asked.Usage, asked.CostUSD = &usage, cost
}

// again reuses an answer that an earlier try of this enrollment got: what is on disk is not asked twice.
func (a *ask) again(ctx context.Context, s *Scope, prior *run.Step) run.Outcome {
	_ = s.Timeline.Sleep(ctx, time.Duration(prior.Ask.LatencyMs)*time.Millisecond)
	return run.Outcome{State: run.Success, Outputs: prior.Outputs, Ask: prior.Ask, Warnings: prior.Warnings}
}

func runError(err error) *run.Error {
	var e *assistant.Error
	if errors.As(err, &e) {
		return &run.Error{Code: e.Code, Message: e.Message, Hint: e.Hint, Stops: e.StopsRun}
	}
	return &run.Error{Code: assistant.CodeCancelled, Message: err.Error()}
}

// CheckTemperature reads a temperature field as a person wrote it.
func CheckTemperature(n *source.Node) *run.Error {
	if n == nil || n.IsScalar() && strings.TrimSpace(n.Text) == "" {
		return nil
	}
	t, err := strconv.ParseFloat(strings.TrimSpace(n.Text), 64)
	if !n.IsScalar() || err != nil || math.IsNaN(t) {
		return failf(CodeInvalidSetting, "", "the temperature must be a number from 0 to 2")
	}
	if t < 0 || t > 2 {
		return failf(CodeInvalidSetting, "", "the temperature %s is outside of 0 to 2", n.Text)
	}
	return nil
}
