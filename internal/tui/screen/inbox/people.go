package inbox

import (
	"strings"

	"askflow/internal/hubspot"
	"askflow/internal/run"
)

// people are the portal's users, at one moment.
type people []hubspot.User

func (s *Screen) people() people { return s.env.Portal.Users }

func (p people) user(id string) (hubspot.User, bool) {
	for _, u := range p {
		if id != "" && u.ID == id {
			return u, true
		}
	}
	return hubspot.User{}, false
}

// name is a user's name, or the id of one that portal.yaml does not know.
func (p people) name(userID string) string {
	if u, ok := p.user(userID); ok && u.Name != "" {
		return u.Name
	}
	return "user " + userID
}

// forWhom names the people that an item is for.
func (p people) forWhom(e *run.Effect) string {
	if e.Type == run.EffectTask {
		owner := e.Properties["hubspot_owner_id"]
		if owner == "" {
			return "nobody"
		}
		for _, u := range p {
			if u.OwnerID == owner && u.Name != "" {
				return u.Name
			}
		}
		return "owner " + owner
	}
	var names []string
	for _, id := range e.TeamIDs {
		names = append(names, "team "+id)
	}
	for _, id := range e.UserIDs {
		names = append(names, p.name(id))
	}
	return strings.Join(names, ", ")
}
