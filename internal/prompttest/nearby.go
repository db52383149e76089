package prompttest

import (
	"fmt"
	"slices"
	"strings"
)

// recordHint names the records whose ids differ from this one in a single sign, where they are few.
func (c *compiler) recordHint(id string) string {
	const longest, most = 40, 4
	const all = "emulator records list shows those there are"
	if len(id) < 2 || len(id) > longest {
		return all
	}
	var near []string
	for _, other := range nearby(id) {
		if other != id && !slices.Contains(near, other) && c.env.Record(other) {
			near = append(near, other)
		}
	}
	switch {
	case len(near) == 1:
		return fmt.Sprintf("did you mean %q?", near[0])
	case len(near) == 0 || len(near) > most:
		return all
	}
	return "ids like it are " + strings.Join(near, ", ")
}

// nearby are the ids that come of one slip: a digit that is another one, too much or missing, or two signs in the wrong order.
// The portal is asked whether it has them, since its ids can be many.
func nearby(id string) []string {
	const digits = "0123456789"
	var out []string
	for i := range len(id) {
		for _, d := range digits {
			out = append(out, id[:i]+string(d)+id[i+1:])
		}
	}
	for i := range len(id) {
		out = append(out, id[:i]+id[i+1:])
		if i > 0 {
			out = append(out, id[:i-1]+id[i:i+1]+id[i-1:i]+id[i+1:])
		}
	}
	for i := range len(id) + 1 {
		for _, d := range digits {
			out = append(out, id[:i]+string(d)+id[i:])
		}
	}
	return out
}
