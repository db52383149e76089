package assistant

import (
	"context"
	"errors"
	"fmt"

	"askflow/internal/clock"
)

// framing is more tokens than the form around a question takes.
const framing = 32

// admitted sends one attempt within the limits and the budget.
func (c *Client) admitted(ctx context.Context, timeline *clock.Timeline, caller Caller, q *Question) *reply {
	limited := c.limits != nil && timeline.Waits()
	if !limited && c.budget == nil {
		return c.attempt(ctx, timeline, caller, q)
	}
	held, err := c.reserve(ctx, q)
	if err != nil {
		return notSent(err)
	}
	var p *pass
	if limited {
		if p, err = c.limits.enter(ctx, timeline, q.Model, c.likelyInput(q)+q.MaxOutputTokens); err != nil {
			held.Settle(0)
			return notSent(err)
		}
	}
	r := c.attempt(ctx, timeline, caller, q)
	if p != nil {
		p.leave(r)
	}
	c.settle(held, q, r)
	return r
}

// notSent is the reply to a request that was not sent.
func notSent(err error) *reply {
	r := &reply{unsent: true}
	var known *Error
	if errors.As(err, &known) {
		r.err = known
	}
	return r
}

// whyUnsent is the error of an ask that ends with a request that was not sent.
func (r *reply) whyUnsent(ctx context.Context) error {
	if r.err != nil {
		return r.err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return &Error{Code: CodeTimeout, Message: "The time for this ask was over before its turn came.", Hint: "try again with a lower --concurrency"}
}

// priced refuses a question whose cost a budget could not bound.
func (c *Client) priced(q *Question) error {
	if _, ok := c.worstCase(q); !ok {
		return &Error{Code: CodeUnknownPrice, Param: "model", StopsRun: true,
			Message: fmt.Sprintf("The price of %s is unknown, so that a budget cannot be kept.", q.Model),
			Hint:    "choose a model with a known price (emulator models list), or run without a budget"}
	}
	return nil
}

func (c *Client) reserve(ctx context.Context, q *Question) (*Reservation, error) {
	if c.budget == nil {
		return nil, nil
	}
	worst, _ := c.worstCase(q)
	return c.budget.Reserve(ctx, worst)
}

func (c *Client) worstCase(q *Question) (Money, bool) {
	m, ok := c.models.Lookup(q.Model)
	worst, priced := m.WorstCase(c.mostInput(q), q.MaxOutputTokens)
	return worst, ok && priced
}

// mostInput is a number of input tokens that the question cannot exceed.
func (c *Client) mostInput(q *Question) int {
	if c.tokens != nil {
		return c.counted(q)
	}
	return len(q.Instructions) + len(q.Prompt) + c.formatLength(q) + framing
}

// likelyInput is about how many input tokens the question has.
func (c *Client) likelyInput(q *Question) int {
	if c.tokens != nil {
		return c.counted(q)
	}
	return (len(q.Instructions)+len(q.Prompt)+3)/4 + framing
}

func (c *Client) counted(q *Question) int {
	return max(0, c.tokens(q.Instructions)) + max(0, c.tokens(q.Prompt)) + c.formatLength(q) + framing
}

// formatLength is the bytes of the response format, which is input as well.
func (c *Client) formatLength(q *Question) int {
	if q.ResponseFormat == nil {
		return 0
	}
	return len(formatJSON(q))
}

// settle replaces the reservation by what the attempt did cost.
func (c *Client) settle(held *Reservation, q *Question, r *reply) {
	if held == nil {
		return
	}
	if r.usage != nil {
		if cost, ok := c.price(q, r); ok {
			held.Settle(cost)
			return
		}
	}
	if r.usage != nil || r.unknownCost {
		held.Keep()
		return
	}
	held.Settle(0)
}
