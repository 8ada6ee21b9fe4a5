// Reads containers' labels as JSON from standard input, {"name": {"label": "value"}}, with Traefik's own parser, and
// names each container whose labels it does not take. Ends with 1 where there is one.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/traefik/paerser/parser"
	"github.com/traefik/traefik/v3/pkg/config/label"
)

// What the providers for containers and swarms read besides the routes.
type container struct {
	Enable bool
	Docker specific
	Swarm  specific
}

type specific struct {
	Network string
	LBSwarm bool
}

func check(labels map[string]string) error {
	for name := range labels {
		if strings.HasPrefix(name, "traefik.") && !known(name) {
			return fmt.Errorf("%s is read by no provider", name)
		}
	}
	var options container
	if err := parser.Decode(labels, &options, "traefik", "traefik.docker.", "traefik.swarm.", "traefik.enable"); err != nil {
		return err
	}
	_, err := label.DecodeConfiguration(labels)
	return err
}

func known(name string) bool {
	for _, prefix := range []string{"traefik.http.", "traefik.docker.", "traefik.swarm."} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return name == "traefik.enable"
}

func main() {
	containers := map[string]map[string]string{}
	if err := json.NewDecoder(os.Stdin).Decode(&containers); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	failed := false
	for name, labels := range containers {
		if err := check(labels); err != nil {
			failed = true
			fmt.Printf("%s: %v\n", name, err)
		}
	}
	if failed {
		os.Exit(1)
	}
}
