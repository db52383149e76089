package assistant

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"askflow/internal/clock"
)

// sunset is the day OpenAI switched the Assistants API off.
const sunset = "2026-08-26"

// retired is the error for a server that has no Assistants API (any more).
func (c *Client) retired(status int) *Error {
	e := &Error{Code: CodeAPIRetired, Param: "protocol", Status: status, StopsRun: true,
		Message: "OpenAI switched the Assistants API off on " + sunset + "; nothing answers there any more.",
		Hint:    "set openai.protocol to responses in portal.yaml; the assistant itself needs no change"}
	if !c.official() {
		e.Message = fmt.Sprintf("The server at %s has no Assistants API; OpenAI switched its own off on %s.", Scrub(tidy(c.host)), sunset)
		e.Hint = "set openai.protocol to responses or chat in portal.yaml, or openai.base_url to a server that has the API; the assistant itself needs no change"
	}
	return e
}

// official tells whether the server is OpenAI's, or Azure's copy, which was switched off on the same day.
func (c *Client) official() bool {
	host := strings.ToLower(c.host)
	for _, own := range []string{"api.openai.com", "openai.azure.com"} {
		if host == own || strings.HasSuffix(host, "."+own) {
			return true
		}
	}
	return false
}

// Preflight finds out, before any record is touched, whether every ask of a run would fail: for the Assistants protocol
// whether the API is there at all (CodeAPIRetired when not), for the others whether the key is accepted and the server is
// reached. What it cannot find out is no error: a key may not be allowed to list models, a compatible server may have no
// list. The error is an *Error, or the context's own. Nothing is retried, and nothing is charged.
func (c *Client) Preflight(ctx context.Context, protocol Protocol) error {
	if protocol != Assistants {
		_, err := c.AccountModels(ctx)
		return hopeless(err)
	}
	return c.once(ctx, &exchange{}, func(ctx context.Context) error {
		one := 1
		_, err := c.api.ListAssistants(ctx, &one, nil, nil, nil)
		if e, ok := told(err, 0); ok && gone(e) {
			return c.retired(e.status)
		}
		return err
	})
}

// hopeless keeps of an error of listing models what would hold for every ask.
func hopeless(err error) error {
	var e *Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code {
	case CodeBadKey, CodeNoCredit, CodeConnection, CodeTimeout, CodeBadSettings:
		return err
	case CodePermission:
		// A key may be allowed to ask without being allowed to list.
		if !strings.Contains(strings.ToLower(e.Message), "scope") {
			return err
		}
	}
	return nil
}

// once makes one call outside of any ask, within the attempt's timeout.
func (c *Client) once(ctx context.Context, x *exchange, call func(context.Context) error) error {
	if c.broken != nil {
		return c.broken
	}
	timeline := clock.From(ctx)
	limited, done := c.limit(clock.With(ctx, timeline), timeline)
	defer done()
	err := call(withExchange(limited, x))
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	}
	r := &reply{status: x.status}
	c.fail(r, err, &Question{})
	return r.err
}
