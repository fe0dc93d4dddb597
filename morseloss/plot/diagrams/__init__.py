"""Pictures of barcodes, diagrams, merge trees and graphs."""
