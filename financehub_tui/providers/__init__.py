"""The transport kit and one room per source; a source knows its wire format and market types only."""
