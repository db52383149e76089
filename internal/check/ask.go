package check

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"askflow/internal/assistant"
	"askflow/internal/flow"
	"askflow/internal/hubspot"
	"askflow/internal/portal"
	"askflow/internal/source"
)

// asks checks every action that asks OpenAI: the assistant exists, there is something to ask, and the model takes the
// settings.
func (c *checker) asks() {
	for _, a := range c.f.Actions {
		if !c.kinds.IsOpenAI(a) {
			continue
		}
		as := c.askedAssistant(a)
		if empty(a.Field(c.kinds.OpenAI.Prompt)) {
			c.Errorf(fieldPos(a, c.kinds.OpenAI.Prompt), "missing_prompt", "write what is to be asked, with tokens such as {{ enrolled_object.message }}", "%s has no prompt", c.name(a))
		}
		settings, ok := c.askSettings(a)
		if ok {
			c.askFits(a, as, settings)
		}
	}
}

// literal is a field that must be written out: HubSpot fills it from a dropdown. ok is false when it is not.
func (c *checker) literal(a *flow.Action, key string) (text string, ok bool) {
	n := a.Field(key)
	if n == nil || empty(n) {
		return "", true
	}
	if n.IsScalar() && strings.Contains(n.Text, "{{") {
		c.Errorf(n.Pos, "token_not_rendered", "write the value itself", "%s: tokens are not rendered in %s", c.name(a), key)
		return "", false
	}
	if n.Kind == source.Object && isValue(n) && n.Get("staticValue") == nil {
		c.Errorf(n.Pos, "token_not_rendered", "write the value itself", "%s: %s must be written out", c.name(a), key)
		return "", false
	}
	if n.Kind != source.Object && !n.IsScalar() {
		c.Errorf(n.Pos, "wrong_type", "", "%s: %s must be text, but here stands %s", c.name(a), key, n.Kind)
		return "", false
	}
	return plainText(n), true
}

func (c *checker) askedAssistant(a *flow.Action) *assistant.Assistant {
	key := c.kinds.OpenAI.Assistant
	name, ok := c.literal(a, key)
	switch {
	case !ok:
		return nil
	case name == "":
		c.Errorf(fieldPos(a, key), "missing_assistant", c.assistants(), "%s does not say which assistant to ask", c.name(a))
		return nil
	}
	as, err := c.p.Assistant(name)
	if err != nil {
		hint := ""
		var e *portal.Error
		if errors.As(err, &e) {
			hint = e.Hint
		}
		c.Errorf(fieldPos(a, key), "unknown_assistant", hint, "%s asks the assistant %s, which the portal does not have", c.name(a), quote(name))
		return nil
	}
	return as
}

// assistants is the hint that lists whom an action may ask.
func (c *checker) assistants() string {
	var ids []string
	for _, a := range c.p.Assistants {
		ids = append(ids, a.ID)
	}
	if len(ids) == 0 {
		return "put one into assistants/, and name it"
	}
	return "the assistants are " + short(ids)
}

// askSettings reads the advanced settings of an action; empty ones are the assistant's own.
func (c *checker) askSettings(a *flow.Action) (assistant.Settings, bool) {
	k := c.kinds.OpenAI
	model, ok1 := c.literal(a, k.Model)
	effort, ok2 := c.literal(a, k.ReasoningEffort)
	text, ok3 := c.literal(a, k.Temperature)
	s := assistant.Settings{Model: model, ReasoningEffort: effort}
	if text != "" {
		x, err := strconv.ParseFloat(text, 64)
		if err != nil || !isNumber(text) {
			c.Errorf(fieldPos(a, k.Temperature), "bad_temperature", "write a number from 0 to 2, such as 0.2", "%s: %s is no temperature", c.name(a), quote(text))
			return s, false
		}
		if x < 0 || x > 2 {
			c.Errorf(fieldPos(a, k.Temperature), "bad_temperature", "write a number such as 0.2", "%s: the temperature %s is outside of 0 to 2, which is what OpenAI takes", c.name(a), text)
			return s, false
		}
		s.Temperature = &x
	}
	return s, ok1 && ok2 && ok3
}

// askFits asks what the model would refuse. What the assistant's own settings are to blame for is reported at the
// assistant.
func (c *checker) askFits(a *flow.Action, as *assistant.Assistant, s assistant.Settings) {
	k := c.kinds.OpenAI
	if s.Model != "" {
		modelKnown(&c.Reader, fieldPos(a, k.Model), c.name(a), s.Model, c.opt)
	}
	if as == nil || s.Model == "" && s.Temperature == nil && s.ReasoningEffort == "" {
		return
	}
	_, own := resolve(c.p, as, c.opt)
	q, err := resolve(c.p, as, c.opt, s)
	if err == nil {
		for _, w := range q.Warnings {
			c.Notef(a.Pos, "settings_adjusted", "set reasoning_effort to say so yourself", "%s: %s", c.name(a), w)
		}
		return
	}
	if own != nil && own.Code == err.Code && own.Message == err.Message {
		return
	}
	keys := map[string]string{"model": k.Model, "temperature": k.Temperature, "top_p": k.Model, "reasoning_effort": k.ReasoningEffort}
	pos := a.Pos
	for _, key := range []string{keys[err.Param], k.Model, k.Temperature, k.ReasoningEffort} {
		if n := a.Field(key); n != nil && !empty(n) {
			pos = n.Pos
			break
		}
	}
	c.Errorf(pos, err.Code, err.Hint, "%s: %s", c.name(a), strings.TrimSuffix(err.Message, "."))
}

// resolve puts the levels together as a run does, without its flags.
func resolve(p *portal.Portal, as *assistant.Assistant, opt Options, levels ...assistant.Settings) (*assistant.Question, *assistant.Error) {
	o := p.Settings.OpenAI
	levels = append(levels, assistant.FromAssistant(as), assistant.Settings{Model: o.DefaultModel})
	return assistant.Resolve(as, o.Protocol, o.MaxOutputTokens, opt.Models.At(time.Time{}), o.AllowedModels, levels...)
}

// modelKnown warns of models without a price and of those that OpenAI switches off.
func modelKnown(r *source.Reader, pos source.Pos, who, model string, opt Options) {
	m, ok := opt.Models.Lookup(model)
	if !ok {
		hint := "its cost is not counted, and a budget refuses it"
		if near := source.Nearest(model, opt.inUse()); near != "" {
			hint = fmt.Sprintf("did you mean %q? Otherwise %s", near, hint)
		}
		r.Warnf(pos, "unknown_model", hint, "%s: the model %s is not in the table of models, so its price is unknown", who, quote(model))
		return
	}
	const gone = "asked live it answers model_not_found"
	day, clock := m.Shutdown.Format(time.DateOnly), opt.Now.Format(time.DateOnly)
	switch {
	case m.Shutdown.IsZero():
	case m.Gone(opt.Now):
		r.Warnf(pos, "model_switched_off", "choose another model; "+gone, "%s: OpenAI switched the model %s off on %s", who, model, day)
	case m.Gone(opt.Today): // a rehearsal whose clock stands before that day
		r.Warnf(pos, "model_switched_off", "choose another model; "+gone, "%s: OpenAI switched the model %s off on %s; here it answers, because the portal's clock starts on %s", who, model, day, clock)
	case opt.Today.IsZero():
		r.Warnf(pos, "model_switched_off", "choose another model; from that day on, "+gone, "%s: the day on which OpenAI switches the model %s off is %s; the portal's clock starts on %s", who, model, day, clock)
	default:
		r.Warnf(pos, "model_switched_off", "choose another model before that day", "%s: OpenAI switches the model %s off on %s", who, model, day)
	}
}

// inUse are the models that are not switched off, neither on the portal's clock nor today.
func (o Options) inUse() []string {
	var ids []string
	for _, id := range o.Models.IDs() {
		if m, _ := o.Models.Lookup(id); !m.Gone(o.Now) && !m.Gone(o.Today) {
			ids = append(ids, id)
		}
	}
	return ids
}

// Model checks a model that was named outside of the portal's files; who names it in messages. The findings have no place.
func Model(p *portal.Portal, who, model string, opt Options) source.Problems {
	r := &source.Reader{}
	modelKnown(r, source.Pos{}, who, model, opt.complete(p))
	return r.Problems
}

// oneAssistant checks an assistant's own settings.
func oneAssistant(p *portal.Portal, a *assistant.Assistant, opt Options) source.Problems {
	r := &source.Reader{File: a.File}
	who := "the assistant " + a.ID
	if a.Model != "" {
		modelKnown(r, a.ModelPos, who, a.Model, opt)
	}
	q, err := resolve(p, a, opt)
	switch {
	case err == nil:
		for _, w := range q.Warnings {
			r.Notef(a.Pos, "settings_adjusted", "set reasoning_effort in the assistant to say so yourself", "%s: %s", who, w)
		}
	case err.Param == "max_output_tokens" || err.Param == "protocol": // portal.yaml's
	default:
		pos := a.ModelPos
		if n := a.Node.Get(err.Param); n != nil {
			pos = n.Pos
		}
		r.Errorf(pos, err.Code, err.Hint, "%s: %s", who, strings.TrimSuffix(err.Message, "."))
	}
	return r.Problems
}

// locked: HubSpot offers the action with one of five subscriptions only.
func (c *checker) locked() {
	if c.p.Settings.Unlocked() {
		return
	}
	for _, a := range c.f.Actions {
		if c.kinds.IsOpenAI(a) {
			c.Warnf(a.Pos, "openai_locked", "it is unlocked by one of "+strings.Join(hubspot.EnterpriseSubscriptions, ", ")+" under subscriptions in portal.yaml",
				"%s is locked: the portal has none of the subscriptions that unlock it, so a run that does not pin or stub it is refused", c.name(a))
		}
	}
}
