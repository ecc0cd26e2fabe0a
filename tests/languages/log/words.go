// Hands on the names of airlines, and says something at each level of some of them.
package main

import (
	"bubbles"
	"bubbles/transform"
)

type Airline struct {
	Carrier string `json:"carrier"`
	Name    string `json:"name"`
}

type Name struct {
	Name string `json:"name"`
}

func init() { transform.Rows("says something of some airlines", words) }

func words(_ *struct{}, airline *Airline, emit func(*Name)) error {
	switch airline.Carrier {
	case "AA":
		bubbles.Debugf("%s is there", airline.Name)
	case "B6":
		bubbles.Infof("%s is \"blue\"", airline.Name)
	case "F9":
		bubbles.Warnf("%s is cold\nand far", airline.Name)
	case "HA":
		bubbles.Errorf("%s is wet – é€😀", airline.Name)
	}
	emit(&Name{airline.Name})
	return nil
}

func main() {}
