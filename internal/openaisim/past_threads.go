package openaisim

import (
	"encoding/json"
	"net/http"
	"strings"
	"unicode/utf8"
)

// assistants answers what is about assistants.
func (c *call) assistants(pattern string) (any, *problem) {
	switch pattern {
	case "GET assistants":
		var all []*assistantObject
		for _, id := range c.order {
			all = append(all, c.assistant(id))
		}
		return page(c.query, "assistant", all, func(a *assistantObject) string { return a.ID })
	case "POST assistants":
		return c.makeAssistant()
	}
	if len(c.part) != 2 {
		return nil, c.nothingThere()
	}
	a := c.assistant(c.part[1])
	if a == nil {
		return nil, noSuch("assistant", c.part[1])
	}
	switch c.req.Method {
	case http.MethodGet:
		return a, nil
	case http.MethodDelete:
		if c.known[a.ID] != nil {
			return nil, refusef("", "", "The assistants of the portal's files are not deleted by the simulated API.")
		}
		c.forget(a.ID)
		return deletedObject{ID: a.ID, Object: "assistant.deleted", Deleted: true}, nil
	}
	return nil, c.nothingThere()
}

// assistant finds an assistant, nil when there is none.
func (p *past) assistant(id string) *assistantObject {
	if a := p.known[id]; a != nil {
		return a
	}
	return p.made[id]
}

func (c *call) makeAssistant() (any, *problem) {
	a := &assistantObject{}
	if wrong := decode(c.data, a); wrong != nil {
		return nil, wrong
	}
	if a.Model == "" {
		return nil, refusef("missing_required_parameter", "model", "Missing required parameter: 'model'.")
	}
	if m, known := c.sim.models.Lookup(a.Model); known && m.Gone(c.now) {
		return nil, refusef("model_not_found", "model", "The requested model '%s' does not exist.", clip(a.Model, 100))
	}
	a.ID = unused("asst_", c.id, func(id string) bool { return c.assistant(id) != nil })
	a.Object, a.CreatedAt = "assistant", c.now.Unix()
	a.Tools, a.ToolResources, a.Metadata = rawOr(a.Tools, `[]`), rawOr(a.ToolResources, `{}`), rawOr(a.Metadata, `{}`)
	a.ResponseFormat, a.Temperature, a.TopP = rawOr(a.ResponseFormat, `"auto"`), orOne(a.Temperature), orOne(a.TopP)
	if len(c.made) >= maxAssistants {
		c.forget(c.order[len(c.known)])
	}
	c.made[a.ID] = a
	c.order = append(c.order, a.ID)
	return a, nil
}

// forget removes an assistant that was made.
func (p *past) forget(id string) {
	delete(p.made, id)
	for i := len(p.known); i < len(p.order); i++ {
		if p.order[i] == id {
			p.order = append(p.order[:i], p.order[i+1:]...)
			return
		}
	}
}

// thread finds a thread that has not expired.
func (c *call) thread(id string) (*thread, *problem) {
	t := c.threads[id]
	if t != nil && c.now.Sub(t.used) > threadLife {
		c.drop(t)
		t = nil
	}
	if t == nil {
		return nil, noSuch("thread", id)
	}
	t.used = c.now
	return t, nil
}

func (p *past) drop(t *thread) {
	delete(p.threads, t.object.ID)
	p.byAge.Remove(t.age)
	p.size -= t.size
}

// grow counts text that a thread keeps, and lets the oldest other threads go when there is too much.
func (p *past) grow(t *thread, by int) {
	t.size += by
	p.size += by
	for p.size > maxState || len(p.threads) > maxThreads {
		oldest := p.byAge.Front().Value.(*thread)
		if oldest == t {
			return
		}
		p.drop(oldest)
	}
}

type threadRequest struct {
	Messages      []messageRequest `json:"messages"`
	ToolResources json.RawMessage  `json:"tool_resources"`
	Metadata      json.RawMessage  `json:"metadata"`
}

type messageRequest struct {
	Role        string          `json:"role"`
	Content     any             `json:"content"`
	Attachments json.RawMessage `json:"attachments"`
	Metadata    json.RawMessage `json:"metadata"`
}

// threadItself answers what is about a thread as a whole; t is nil for what is about none yet.
func (c *call) threadItself(pattern string, t *thread) (any, *problem) {
	switch pattern {
	case "POST threads":
		req := &threadRequest{}
		if len(c.data) > 0 {
			if wrong := decode(c.data, req); wrong != nil {
				return nil, wrong
			}
		}
		t, wrong := c.makeThread(req)
		if wrong != nil {
			return nil, wrong
		}
		return t.object, nil
	case "GET threads/*":
		return t.object, nil
	case "POST threads/*":
		req := &threadRequest{}
		if wrong := decode(c.data, req); wrong != nil {
			return nil, wrong
		}
		t.object.Metadata = rawOr(req.Metadata, string(t.object.Metadata))
		return t.object, nil
	case "DELETE threads/*":
		c.drop(t)
		return deletedObject{ID: t.object.ID, Object: "thread.deleted", Deleted: true}, nil
	}
	return nil, c.nothingThere()
}

func (c *call) makeThread(req *threadRequest) (*thread, *problem) {
	t := &thread{used: c.now, object: threadObject{Object: "thread", CreatedAt: c.now.Unix(), ToolResources: rawOr(req.ToolResources, `{}`), Metadata: rawOr(req.Metadata, `{}`)}}
	t.object.ID = unused("thread_", c.id, func(id string) bool { return c.threads[id] != nil })
	size := 0
	for i := range req.Messages {
		m, wrong := c.makeMessage(t, &req.Messages[i])
		if wrong != nil {
			return nil, wrong
		}
		size += len(m.text)
	}
	c.threads[t.object.ID] = t
	t.age = c.byAge.PushBack(t)
	c.grow(t, size)
	return t, nil
}

// makeMessage appends what a user, or somebody in the assistant's name, says.
func (c *call) makeMessage(t *thread, req *messageRequest) (*messageObject, *problem) {
	if len(t.messages) >= maxMessages {
		return nil, refusef("", "messages", "The simulated API keeps %d messages in a thread.", maxMessages)
	}
	if req.Role != "user" && req.Role != "assistant" {
		return nil, refusef("invalid_value", "role", "Invalid value: '%s'. Supported values are: 'user' and 'assistant'.", clip(req.Role, 40))
	}
	said := texts(req.Content)
	text := strings.Join(said, "\n")
	switch {
	case text == "":
		return nil, refusef("missing_required_parameter", "content", "Message content must be non-empty.")
	case utf8.RuneCountInString(text) > maxMessage:
		return nil, refusef("string_above_max_length", "content", "Invalid 'content': string too long. Expected a string with maximum length %d.", maxMessage)
	}
	now := c.now.Unix()
	m := &messageObject{Object: "thread.message", CreatedAt: now, ThreadID: t.object.ID, Status: "completed", CompletedAt: &now, Role: req.Role,
		Attachments: rawOr(req.Attachments, `[]`), Metadata: rawOr(req.Metadata, `{}`), text: text}
	m.ID = t.messageID(c.id)
	for _, s := range said {
		m.Content = append(m.Content, textPart{Type: "text", Text: textValue{Value: s, Annotations: []any{}}})
	}
	t.messages = append(t.messages, m)
	return m, nil
}

func (t *thread) messageID(id uint64) string {
	return token("msg_", mix(id+uint64(len(t.messages))), 'm')
}

// messages answers what is about a thread's messages.
func (c *call) messages(pattern string, t *thread) (any, *problem) {
	c.advance(t, nil)
	switch pattern {
	case "GET threads/*/messages":
		return page(c.query, "message", t.ofRun(c.query.Get("run_id")), func(m *messageObject) string { return m.ID })
	case "POST threads/*/messages":
		if r := t.active(); r != nil {
			return nil, refusef("", "", "Can't add messages to %s while a run %s is active.", t.object.ID, r.object.ID)
		}
		req := &messageRequest{}
		if wrong := decode(c.data, req); wrong != nil {
			return nil, wrong
		}
		m, wrong := c.makeMessage(t, req)
		if wrong != nil {
			return nil, wrong
		}
		c.grow(t, len(m.text))
		return m, nil
	case "GET threads/*/messages/*":
		for _, m := range t.messages {
			if m.ID == c.part[3] {
				return m, nil
			}
		}
		return nil, noSuch("message", c.part[3])
	}
	return nil, c.nothingThere()
}

// ofRun are the messages of one run, all of them without one.
func (t *thread) ofRun(id string) []*messageObject {
	if id == "" {
		return t.messages
	}
	var out []*messageObject
	for _, m := range t.messages {
		if m.RunID != nil && *m.RunID == id {
			out = append(out, m)
		}
	}
	return out
}
