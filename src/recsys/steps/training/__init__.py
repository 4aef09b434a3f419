"""What train_models is made of: folds, searches, fits, the contest, its report."""
