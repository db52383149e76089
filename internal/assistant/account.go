package assistant

import (
	"context"
	"time"

	openai "github.com/sashabaranov/go-openai"
)

// AccountModel is a model the account offers.
type AccountModel struct {
	ID      string
	OwnedBy string
	Created time.Time
	// Shutdown is the day OpenAI has announced for switching it off; zero when none.
	Shutdown time.Time
}

// AccountModels asks which models the key's project may use, which is also the cheapest test of a key. The error is an
// *Error, or the context's own. Nothing is retried.
func (c *Client) AccountModels(ctx context.Context) ([]AccountModel, error) {
	x := &exchange{keep: true}
	var list openai.ModelsList
	err := c.once(ctx, x, func(ctx context.Context) (err error) {
		list, err = c.api.ListModels(ctx)
		return err
	})
	if err != nil {
		return nil, err
	}
	shutdown := shutdownDates(x.raw)
	out := make([]AccountModel, 0, len(list.Models))
	for _, m := range list.Models {
		out = append(out, AccountModel{ID: m.ID, OwnedBy: m.OwnedBy, Created: time.Unix(m.CreatedAt, 0).UTC(), Shutdown: shutdown[m.ID]})
	}
	return out, nil
}

// CountInput asks how many input tokens a question has, exactly and free of charge. Only the Responses API counts; the
// other protocols differ from it by a few tokens. The error is an *Error, or the context's own. Nothing is retried.
func (c *Client) CountInput(ctx context.Context, q *Question) (int, error) {
	if err := c.refuse(q); err != nil {
		return 0, err
	}
	var got openai.ResponseInputTokensResponse
	err := c.once(ctx, &exchange{}, func(ctx context.Context) (err error) {
		got, err = c.api.CountResponseInputTokens(ctx, openai.ResponseInputTokensRequest{Model: q.Model, Instructions: q.Instructions, Input: q.Prompt})
		return err
	})
	return tokens(got.InputTokens), err
}
