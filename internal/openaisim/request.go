package openaisim

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
)

// maxRequest is the longest body that is read.
const maxRequest = 32 << 20

// request is what the simulator reads of a Responses or Chat Completions request.
type request struct {
	chat         bool
	run          bool            // of the Assistants protocol
	Model        string          `json:"model"`
	Instructions *string         `json:"instructions"`
	Input        any             `json:"input"`
	Messages     []message       `json:"messages"`
	Temperature  *float64        `json:"temperature"`
	TopP         *float64        `json:"top_p"`
	Reasoning    *reasoning      `json:"reasoning"`
	Effort       string          `json:"reasoning_effort"`
	MaxOutput    *int            `json:"max_output_tokens"`
	MaxComplete  *int            `json:"max_completion_tokens"`
	MaxTokens    *int            `json:"max_tokens"`
	Stream       bool            `json:"stream"`
	Store        *bool           `json:"store"`
	Text         json.RawMessage `json:"text"`
	Metadata     json.RawMessage `json:"metadata"`
	Tools        []any           `json:"tools"`

	prompt, system string
}

type reasoning struct {
	Effort string `json:"effort"`
}

type message struct {
	Role    string `json:"role"`
	Content any    `json:"content"`
}

// effort is the reasoning effort asked for, whichever member holds it.
func (r *request) effort() string {
	if r.chat || r.run {
		return r.Effort
	}
	if r.Reasoning != nil {
		return r.Reasoning.Effort
	}
	return ""
}

// name is what the protocol calls a setting in its errors.
func (r *request) name(responses, chat string) string {
	if r.chat || r.run {
		return chat
	}
	return responses
}

// bound is the output bound and what the request calls it; nil when there is none.
func (r *request) bound() (*int, string) {
	switch {
	case !r.chat && !r.run:
		return r.MaxOutput, "max_output_tokens"
	case r.MaxComplete != nil || r.run:
		return r.MaxComplete, "max_completion_tokens"
	}
	return r.MaxTokens, "max_tokens"
}

func readBody(req *http.Request) ([]byte, error) {
	if req.Body == nil {
		return nil, nil
	}
	var data []byte
	var err error
	if n := req.ContentLength; n > 0 && n <= maxRequest {
		data = make([]byte, n)
		var got int
		got, err = io.ReadFull(req.Body, data)
		data = data[:got]
	} else {
		data, err = io.ReadAll(io.LimitReader(req.Body, maxRequest+1))
	}
	return data, errors.Join(err, req.Body.Close())
}

// parse reads a request's body. The problem is what the API would answer; nil when the request can be read.
func parse(data []byte, chat bool) (*request, *problem) {
	r := &request{chat: chat}
	if len(data) > maxRequest {
		return r, &problem{status: http.StatusRequestEntityTooLarge, message: "The request body is too large."}
	}
	if wrong := decode(data, r); wrong != nil {
		return r, wrong
	}
	if chat {
		for _, m := range r.Messages {
			r.add(m.Role, m.Content)
		}
		return r, nil
	}
	if r.Instructions != nil {
		r.system = *r.Instructions
	}
	switch input := r.Input.(type) {
	case string:
		r.prompt = input
	case []any:
		for _, it := range input {
			if m, ok := it.(map[string]any); ok {
				role, _ := m["role"].(string)
				r.add(role, m["content"])
			}
		}
	}
	return r, nil
}

// decode reads JSON into v. The problem is what the API would answer to what does not fit.
func decode(data []byte, v any) *problem {
	if err := json.Unmarshal(data, v); err != nil {
		return misfit(err)
	}
	return nil
}

func misfit(err error) *problem {
	var kind *json.UnmarshalTypeError
	if !errors.As(err, &kind) || kind.Field == "" {
		return &problem{status: 400, message: "We could not parse the JSON body of your request. The API expects a JSON payload."}
	}
	field := strings.TrimPrefix(kind.Field, "request.") // the struct that runs share with the other protocols
	return &problem{status: 400, code: "invalid_type", param: field,
		message: "Invalid type for '" + field + "': expected " + typeName(kind) + ", but got " + kind.Value + " instead."}
}

// add collects a message: what the system or developer says is instructions, what the user says is the prompt.
func (r *request) add(role string, content any) {
	into := &r.prompt
	switch role {
	case "system", "developer":
		into = &r.system
	case "user":
	default:
		return
	}
	for _, text := range texts(content) {
		if *into != "" {
			*into += "\n"
		}
		*into += text
	}
}

func texts(content any) []string {
	switch c := content.(type) {
	case string:
		return []string{c}
	case []any:
		var out []string
		for _, p := range c {
			if part, ok := p.(map[string]any); ok {
				if s, ok := part["text"].(string); ok {
					out = append(out, s)
				}
			}
		}
		return out
	}
	return nil
}

func typeName(e *json.UnmarshalTypeError) string {
	switch name := strings.TrimPrefix(e.Type.String(), "*"); name {
	case "float64":
		return "a decimal"
	case "int":
		return "an integer"
	case "bool":
		return "a boolean"
	case "string":
		return "a string"
	default:
		if strings.HasPrefix(name, "[]") {
			return "an array"
		}
		return "an object"
	}
}
