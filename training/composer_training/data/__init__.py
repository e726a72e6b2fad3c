"""The data set: public drawings and photos in, images with all their conditions out.

`python -m composer_training.data.build` writes it, `python -m composer_training.data.sheet` shows it.
"""
