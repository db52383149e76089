package assistant

import (
	"context"
	"fmt"
	"sync"
)

// Budget is an amount of money that asks may cost together. What a request may cost at most is reserved before it is
// sent; what it did cost is settled afterwards. It is safe for many goroutines, and several clients may share it.
type Budget struct {
	mu       sync.Mutex
	limit    Money
	spent    Money
	reserved Money
	settled  chan struct{} // closed and made anew whenever a reservation is settled
}

// NewBudget makes a budget of so much money.
func NewBudget(limit Money) *Budget {
	return &Budget{limit: limit, settled: make(chan struct{})}
}

// Limit is the whole budget.
func (b *Budget) Limit() Money { return b.limit }

// Spent is what was spent: real costs, and the worst case of requests that were sent without anybody learning whether
// they were charged.
func (b *Budget) Spent() Money {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.spent
}

// Spend counts money that was spent before, by an earlier part of the same run.
func (b *Budget) Spend(cost Money) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.spent = b.spent.Add(max(0, cost))
}

// Reserve sets the worst case of one request aside. As long as it does not fit only because of other reservations, it
// waits for them to be settled, which mostly gives some back. When it would not fit even so, the error is an *Error with
// CodeOverBudget; when ctx is cancelled, the context's own.
func (b *Budget) Reserve(ctx context.Context, worst Money) (*Reservation, error) {
	worst = max(0, worst)
	for {
		b.mu.Lock()
		if b.spent.Add(worst) > b.limit {
			err := b.over(worst)
			b.mu.Unlock()
			return nil, err
		}
		if b.spent.Add(b.reserved).Add(worst) <= b.limit {
			b.reserved = b.reserved.Add(worst)
			b.mu.Unlock()
			return &Reservation{budget: b, worst: worst}, nil
		}
		settled := b.settled
		b.mu.Unlock()
		select {
		case <-settled:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (b *Budget) over(worst Money) *Error {
	return &Error{Code: CodeOverBudget, StopsRun: true,
		Message: fmt.Sprintf("The next request may cost up to $%s, and of the budget of $%s only $%s is left.", worst, b.limit, max(0, b.limit-b.spent)),
		Hint:    "raise --max-cost or openai.limits.max_cost_usd, lower openai.max_output_tokens, or choose a cheaper model"}
}

// Reservation is money set aside for one request.
type Reservation struct {
	budget *Budget
	worst  Money
	done   bool
}

// Settle replaces the reservation by what the request did cost. Settling again changes nothing.
func (r *Reservation) Settle(cost Money) {
	if r == nil {
		return
	}
	b := r.budget
	b.mu.Lock()
	defer b.mu.Unlock()
	if r.done {
		return
	}
	r.done = true
	b.reserved -= r.worst
	b.spent = b.spent.Add(max(0, cost))
	close(b.settled)
	b.settled = make(chan struct{})
}

// Keep settles with the worst case, for a request of which nobody knows what it did cost.
func (r *Reservation) Keep() {
	if r != nil {
		r.Settle(r.worst)
	}
}
