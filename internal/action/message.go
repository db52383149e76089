package action

import (
	"context"
	"slices"

	"askflow/internal/hubspot"
	"askflow/internal/run"
)

// message is an in-app notification or an internal email: the same fields, another channel.
type message struct {
	env             *Env
	effect          run.EffectType
	users, teams    []string
	ownerProperties []string
	subject, body   *evaluator
}

func (c *compiler) message(effect run.EffectType) Runner {
	f := c.r.Object(c.action.Fields, "a notification")
	m := &message{env: c.env, effect: effect, users: f.Strings("user_ids"), teams: f.Strings("team_ids"), ownerProperties: f.Strings("owner_properties"),
		subject: c.text("subject"), body: c.text("body")}
	if len(m.users)+len(m.teams)+len(m.ownerProperties) == 0 {
		c.r.Errorf(c.action.Pos, "no_recipient", "", "the action names no user, no team and no owner property")
	}
	return m
}

func (m *message) Run(_ context.Context, s *Scope) run.Outcome {
	users, err := m.recipients(s)
	if err != nil {
		return failed(err)
	}
	subject, err := m.subject.tokenText(s)
	if err != nil {
		return failed(err)
	}
	body, err := m.body.tokenText(s)
	if err != nil {
		return failed(err)
	}
	return run.Outcome{State: run.Success, Effects: []run.Effect{{Type: m.effect, UserIDs: users, TeamIDs: m.teams, Subject: &subject, Body: &body}}}
}

// recipients resolves users, teams and owners to user ids. One that is not there or deactivated fails the action, as
// HubSpot's log says it: "User was invalid".
func (m *message) recipients(s *Scope) ([]string, *run.Error) {
	var ids []string
	add := func(id string) {
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	for _, id := range m.users {
		u, ok := findUser(m.env.Users, func(u *hubspot.User) bool { return u.ID == id })
		if !ok {
			return nil, failf(CodeInvalidUser, "add the user to users in portal.yaml", "User was invalid: the portal has no user %s", id)
		}
		if u.Deactivated {
			return nil, failf(CodeInvalidUser, "", "User was invalid: %s (%s) is deactivated", u.Name, id)
		}
		add(id)
	}
	for _, team := range m.teams {
		for i := range m.env.Users {
			if u := &m.env.Users[i]; slices.Contains(u.Teams, team) && !u.Deactivated {
				add(u.ID)
			}
		}
	}
	for _, property := range m.ownerProperties {
		owner := s.Record().Get(property)
		if owner == "" {
			continue
		}
		u, ok := findUser(m.env.Users, func(u *hubspot.User) bool { return u.OwnerID == owner })
		if !ok || u.Deactivated {
			return nil, failf(CodeInvalidUser, "owner ids are owner_id of users in portal.yaml", "User was invalid: %s is %q, and no active user has that owner id", property, shorten(owner, 40))
		}
		add(u.ID)
	}
	if len(ids) == 0 {
		return nil, failf(CodeNoRecipient, "", "nobody is left to notify: the record has no owner, or the team has no members")
	}
	return ids, nil
}

func findUser(users []hubspot.User, is func(*hubspot.User) bool) (*hubspot.User, bool) {
	for i := range users {
		if is(&users[i]) {
			return &users[i], true
		}
	}
	return nil, false
}
