package openaisim

import (
	"net/http"
	"strconv"

	"askflow/internal/clock"
)

// countInput answers POST /v1/responses/input_tokens, by the same estimate that usage is made with.
func (s *Simulator) countInput(req *http.Request) (*http.Response, error) {
	req = original(req)
	data, err := readBody(req)
	if err != nil {
		return nil, err
	}
	caller := callerOf(req)
	id := identity(s.seed, caller, caller.Attempt, 8, string(data))
	r, wrong := parse(data, false)
	if wrong == nil {
		wrong = s.validate(r, clock.From(req.Context()).Now())
	}
	if wrong != nil {
		return s.refuse(wrong, id, 0), nil
	}
	b := strconv.AppendInt([]byte(`{"object":"response.input_tokens","input_tokens":`), int64(estimate(len(r.prompt)+len(r.system))), 10)
	return response(http.StatusOK, s.header(id, 0, 0), append(b, '}')), nil
}
