package openaisim

import "strings"

// runs answers what is about a thread's runs.
func (c *call) runs(pattern string, t *thread) (any, *problem) {
	if c.part[2] != "runs" {
		return nil, c.nothingThere()
	}
	if pattern == "GET threads/*/runs" {
		c.advance(t, nil)
		return page(c.query, "run", t.runObjects(), func(r runObject) string { return r.ID })
	}
	if len(c.part) < 4 {
		return nil, c.nothingThere()
	}
	r := t.run(c.part[3])
	if r == nil {
		return nil, noSuch("run", c.part[3])
	}
	if pattern == "GET threads/*/runs/*" {
		c.advance(t, r)
		c.estimated = r.ended && r.object.Usage != nil && r.answer.estimated
		return r.object, nil
	}
	c.advance(t, nil)
	switch pattern {
	case "POST threads/*/runs/*":
		return c.changeRun(r)
	case "POST threads/*/runs/*/cancel":
		if r.ended {
			return nil, refusef("", "", "Cannot cancel run with status '%s'.", r.object.Status)
		}
		r.object.Status = "cancelling"
		return r.object, nil
	case "POST threads/*/runs/*/submit_tool_outputs":
		return nil, refusef("", "", "Runs in status \"%s\" do not accept tool outputs.", r.object.Status)
	case "GET threads/*/runs/*/steps":
		return page(c.query, "run step", r.steps(), func(s *stepObject) string { return s.ID })
	}
	if strings.HasPrefix(pattern, "GET threads/*/runs/*/steps/") && len(c.part) == 6 {
		for _, s := range r.steps() {
			if s.ID == c.part[5] {
				return s, nil
			}
		}
		return nil, noSuch("run step", c.part[5])
	}
	return nil, c.nothingThere()
}

func (c *call) changeRun(r *pastRun) (any, *problem) {
	req := &threadRequest{}
	if wrong := decode(c.data, req); wrong != nil {
		return nil, wrong
	}
	r.object.Metadata = rawOr(req.Metadata, string(r.object.Metadata))
	return r.object, nil
}

func (t *thread) runObjects() []runObject {
	var out []runObject
	for _, r := range t.runs {
		out = append(out, r.object)
	}
	return out
}

func (r *pastRun) steps() []*stepObject {
	if r.step == nil {
		return nil
	}
	return []*stepObject{r.step}
}

// advance lets the runs of a thread go as far as the time allows. looked is the run that somebody looks at: a run is
// queued when it is made, in progress when it is looked at for the first time, and done at the earliest when it is looked
// at for the second, so that who polls sees every status whatever the clock does.
func (c *call) advance(t *thread, looked *pastRun) {
	for _, r := range t.runs {
		if r.ended {
			continue
		}
		if r == looked {
			r.looks++
		}
		expires := r.created.Add(runLife)
		switch {
		case r.object.Status == "cancelling":
			r.end("cancelled", c.now.Unix())
			r.object.CancelledAt = r.at(c.now.Unix())
		case r.due.After(expires) && !c.now.Before(expires):
			r.end("expired", expires.Unix())
		case r.looks >= 2 && !c.now.Before(r.due):
			c.finish(t, r)
		case r.looks > 0 && r.object.StartedAt == nil:
			r.object.Status, r.object.StartedAt = "in_progress", r.at(r.created.Unix())
		}
	}
}

func (r *pastRun) at(second int64) *int64 { return &second }

func (r *pastRun) end(status string, second int64) {
	r.object.Status, r.ended, r.object.ExpiresAt = status, true, nil
	if r.object.Usage == nil {
		r.object.Usage = &usageObject{}
	}
	if r.step != nil {
		r.step.Status, r.step.CompletedAt = "completed", r.at(second)
	}
}

// finish lets the run end as its rule says.
func (c *call) finish(t *thread, r *pastRun) {
	a, second := r.answer, r.due.Unix()
	text := a.text()
	if a.failed() {
		p := a.rule.Fault.envelope(a.req.Model)
		r.object.LastError = &lastError{Code: runErrorCode(p.code), Message: p.message}
		r.end("failed", second)
		r.object.FailedAt = r.at(second)
		return
	}
	u := a.usage(text)
	r.object.Usage = &usageObject{Prompt: u.InputTokens, Completion: u.OutputTokens, Total: u.InputTokens + u.OutputTokens,
		PromptDetails: cachedObject{u.CachedTokens}}
	if u.ReasoningTokens > 0 {
		r.object.Usage.CompletionDetails = &reasoningObject{u.ReasoningTokens}
	}
	incomplete := a.kind() == FaultIncomplete
	if a.kind() != FaultEmpty && (!incomplete || a.rule.HasReply) {
		c.say(t, r, text, incomplete)
	}
	if incomplete {
		r.object.IncompleteDetails = &reasonObject{"max_completion_tokens"}
		r.end("incomplete", second)
		return
	}
	r.end("completed", second)
	r.object.CompletedAt = r.at(second)
}

// runErrorCode is the nearest of the codes that a run's last_error takes.
func runErrorCode(code string) string {
	switch code {
	case "rate_limit_exceeded", "invalid_prompt":
		return code
	}
	return "server_error"
}

// say appends the assistant's message and the step that made it.
func (c *call) say(t *thread, r *pastRun, text string, incomplete bool) {
	a, second := r.answer, r.due.Unix()
	m := &messageObject{ID: t.messageID(a.id), Object: "thread.message", CreatedAt: second, ThreadID: t.object.ID, Status: "completed", CompletedAt: r.at(second),
		Role: "assistant", AssistantID: &r.object.AssistantID, RunID: &r.object.ID, Attachments: rawOr(nil, `[]`), Metadata: rawOr(nil, `{}`), text: text}
	if incomplete {
		m.Status, m.CompletedAt, m.IncompleteAt, m.IncompleteDetails = "incomplete", nil, r.at(second), &reasonObject{"max_tokens"}
	}
	if a.kind() == FaultRefusal {
		m.Content = []any{refusalPart{Type: "refusal", Refusal: text}}
	} else {
		m.Content = []any{textPart{Type: "text", Text: textValue{Value: text, Annotations: []any{}}}}
	}
	t.messages = append(t.messages, m)
	c.grow(t, len(text))
	r.step = &stepObject{ID: a.name("step_"), Object: "thread.run.step", CreatedAt: second, AssistantID: r.object.AssistantID, ThreadID: t.object.ID, RunID: r.object.ID,
		Type: "message_creation", Status: "in_progress", Details: stepDetails{Type: "message_creation", Message: createdItem{m.ID}},
		Metadata: rawOr(nil, `{}`), Usage: r.object.Usage}
}
