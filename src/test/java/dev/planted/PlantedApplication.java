package dev.planted;

import org.springframework.modulith.Modulithic;

/** An application that breaks every rule of the architecture, to prove that the rules can fail. */
@Modulithic
public class PlantedApplication {}
