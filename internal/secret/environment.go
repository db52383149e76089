package secret

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// The variables that OpenAI's own libraries read too.
const (
	VarKey          = "OPENAI_API_KEY"
	VarOrganization = "OPENAI_ORG_ID"
	VarProject      = "OPENAI_PROJECT_ID"
	VarBaseURL      = "OPENAI_BASE_URL"
)

// Environment is the key in OPENAI_API_KEY, one for all accounts. It is only read.
type Environment struct {
	lookup func(string) (string, bool)
}

// NewEnvironment reads variables through lookup, which is os.LookupEnv outside of tests; nil is an empty environment.
func NewEnvironment(lookup func(string) (string, bool)) *Environment {
	return &Environment{lookup: lookup}
}

func (e *Environment) get(name string) string {
	if e == nil || e.lookup == nil {
		return ""
	}
	value, _ := e.lookup(name)
	return strings.TrimSpace(value)
}

// Organization is OPENAI_ORG_ID, "" when unset.
func (e *Environment) Organization() string { return e.get(VarOrganization) }

// Project is OPENAI_PROJECT_ID, "" when unset.
func (e *Environment) Project() string { return e.get(VarProject) }

// BaseURL is OPENAI_BASE_URL, "" when unset.
func (e *Environment) BaseURL() string { return e.get(VarBaseURL) }

// Name is "environment".
func (e *Environment) Name() string { return InEnvironment }

// Load returns OPENAI_API_KEY for any account. A value that is no key is an error that names the variable.
func (e *Environment) Load(context.Context, string) (Secret, error) {
	text := e.get(VarKey)
	if text == "" {
		return Secret{}, ErrNotFound
	}
	s, err := Parse(text)
	var bad *Error
	if errors.As(err, &bad) {
		return Secret{}, &Error{Code: bad.Code, Message: VarKey + " holds no usable key. " + bad.Message, Hint: "set the variable to the key alone, or unset it"}
	}
	return s, err
}

// Has tells whether OPENAI_API_KEY is set.
func (e *Environment) Has(context.Context, string) (bool, error) { return e.get(VarKey) != "", nil }

// Save fails: a program cannot change the environment it was started in.
func (e *Environment) Save(context.Context, string, Secret) error { return readOnly("keep a key") }

// Delete fails, unless there is nothing to delete.
func (e *Environment) Delete(context.Context, string) error {
	if e.get(VarKey) == "" {
		return ErrNotFound
	}
	return readOnly("remove the key")
}

func readOnly(what string) *Error {
	return &Error{Code: CodeReadOnly, Message: fmt.Sprintf("A program cannot %s in the environment of the shell that started it.", what), Hint: "run: unset " + VarKey}
}
